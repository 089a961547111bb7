// What only pages with a chat on them need.
import "./modules/chat-scroll.js";
import "./modules/inbox.js";
import "./modules/attach.js";
import "./modules/phone.js";
