# Symbols at recording time are for whole machines.
qemu-cflow record -o none.db --symbols /bin/ls -- /bin/true 2>&1
