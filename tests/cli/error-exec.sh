# A verb for the plugin; nothing for people.
qemu-cflow exec 2>&1
qemu-cflow exec x y z u v 2>&1
