"""Codes for print: their pages in the dashboard, their pictures, and the address they hold."""
