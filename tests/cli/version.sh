# One line: name and version.
qemu-cflow --version | sed 's/[0-9][0-9.]*$/N/'
