# That a check failed and that nobody can read why are two things.
qemu-cflow check golden.db 2>&1 > /dev/full
