# Something else than a profile.
echo hello > text
qemu-cflow export -f json -i text 2>&1
