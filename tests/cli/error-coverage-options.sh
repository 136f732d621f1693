qemu-cflow coverage --format xml 2>&1
qemu-cflow coverage --fail-under most 2>&1
qemu-cflow coverage --fail-under 101 2>&1
qemu-cflow coverage --fail-under nan 2>&1
qemu-cflow coverage --color maybe 2>&1
qemu-cflow coverage --nonsense 2>&1
