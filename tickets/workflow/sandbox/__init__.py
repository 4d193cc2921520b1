"""A workflow system to try SmartSupport with: a real HTTP server that takes tickets, works on them by its own clock and
answers with signed callbacks. `manage.py workflow_sandbox` runs it, `serve` starts it locally, tests hold it in a
`with`. It stands on its own: no Django settings, and never the product's tables."""
