# For continuous integration: 10 of 11 lines ran.
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
qemu-cflow coverage -i cover.db --sysroot sysroot --fail-under 90.9
echo "status $?"
qemu-cflow coverage -i cover.db --sysroot sysroot --fail-under 91 2>&1
