from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"
    label = "payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from payments import receivers  # noqa: F401, PLC0415 - models exist only now
        from payments.gateways import simulated  # noqa: PLC0415
        from payments.simulator import SimulatedCompany  # noqa: PLC0415

        simulated.connect(SimulatedCompany())
