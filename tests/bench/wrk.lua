-- Signed bodies from a file made beforehand: one line a request, the signature, a tab, the body.
local bodies
local path = "/webhooks/whatsapp/"

function init(args)
   bodies = io.open(args[1], "r")
end

function request()
   local line = bodies:read("*l")
   if not line then
      bodies:seek("set")
      line = bodies:read("*l")
   end
   local tab = line:find("\t", 1, true)
   return wrk.format("POST", path, {
      ["Content-Type"] = "application/json",
      ["X-Hub-Signature-256"] = line:sub(1, tab - 1),
   }, line:sub(tab + 1))
end

function done(summary, latency, requests)
   io.write(string.format(
      '{"requests": %d, "seconds": %.3f, "bad": %d, "p50_ms": %.2f, "p95_ms": %.2f, "p99_ms": %.2f}\n',
      summary.requests, summary.duration / 1e6,
      summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
      latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
