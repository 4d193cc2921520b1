"""Outgoing webhooks: other programs hear of events by a call to their server, as Standard Webhooks has it.

kinds         which events there are; each app registers its own in ready()
events        writing down who is told of one, in the transaction that causes it
delivery      the worker's side: sign, call, say what came of it
addresses     which servers may be called: none inside our own network
calling       the call itself, bounded in time and size
subscriptions the door: one function a verb, for whoever asks
"""
