# A tracefile for genhtml and lcov.
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
qemu-cflow export -i cover.db --sysroot sysroot --format lcov 2>&1
cat cflow.info
# It is made of whole files.
qemu-cflow export -i cover.db --sysroot sysroot --format lcov --function main 2>&1
