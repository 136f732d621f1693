# A function that is inlined is found as well, with its parameters or without.
for glob in demo::check 'demo::check(*' step _ZN4demo5checkEi; do
    echo "$glob:"
    qemu-cflow report -i golden.db --sysroot sysroot --debug-dir debug --symbol "$glob" --format csv | cut -d, -f1,7,8,15
done
