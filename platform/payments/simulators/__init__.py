"""Payment providers that take no money but speak the real ones' signed protocols over HTTP, each a stranger to us: they
import nothing of the school but this folder and keep their own books. The official clients are exercised against them
in tests, and by hand with `make run SIMULATE=wechat,alipay,stripe`.
"""
