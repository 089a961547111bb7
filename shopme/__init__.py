"""ShopMe: many shops sell, serve and reward their customers on WhatsApp."""

from shopme.celery import app as celery_app

__all__ = ["celery_app"]
