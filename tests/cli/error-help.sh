# help for what is no verb.
qemu-cflow help reprot 2>&1
