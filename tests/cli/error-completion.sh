# Other shells.
qemu-cflow completion fish 2>&1
