#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# errors.sh BUILD_DIR QEMU_BIN_DIR [CASE...]
#
# What goes wrong: one line that says what to do, the guest unharmed, the profile
# that was there before intact.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/cases.sh
. "$here/cases.sh"

case_error_no_plugins() { # as Debian's emulators, from one release or another
    local theirs=/usr/bin/qemu-x86_64
    cat > qemu-x86_64 << 'END'
#!/bin/sh
case $1 in
    --version) echo "qemu-x86_64 version 10.0.2 (Debian 1:10.0.2+ds-2)" ;;
    --help) echo "usage: qemu-x86_64 [options] program [arguments...]" ;;
esac
END
    chmod +x qemu-x86_64
    refused "QEMU 10.0.2 .*without plugin support.*scripts/get-qemu" --qemu "$PWD" -- true
    refused "QEMU 10.0.2 .*without plugin support.*scripts/get-qemu" --qemu ./qemu-x86_64 -- true
    refused "QEMU 10.0.2 .*without plugin support.*scripts/get-qemu" -- ./qemu-x86_64 /bin/true
    sed -i 's/10\.0\.2/8.2.1/; s/usage:/-plugin &/' qemu-x86_64
    refused "QEMU 8.2.1 is too old.*scripts/get-qemu" --qemu "$PWD" -- true
    rm qemu-x86_64
    if [ ! -x $theirs ] || [[ "$($theirs --version)" =~ version\ (9|[1-9][0-9])\. ]]; then
        skip "the rest, for want of Debian's own $theirs"
    fi
    refused "(plugin support|too old).*scripts/get-qemu" --qemu $theirs -- true
    refused "(plugin support|too old).*scripts/get-qemu" -- $theirs /bin/true
}

case_error_program() {
    refused "^qemu-cflow: no-such-program: no such program" -- no-such-program
    refused "^qemu-cflow: ./no-such-program: no such program" -- ./no-such-program
    refused "is a directory" -- "$scratch"
    echo "just text" > text
    : > empty
    chmod +x text empty
    refused "text: not an ELF program" -- ./text
    refused "empty: not an ELF program" -- ./empty
    echo '#!/no/such/shell' > script
    chmod +x script
    refused "/no/such/shell" -- ./script
    head -c 30 "$(command -v gzip)" > short
    refused "short: not an ELF program" -- ./short
    cp "$(command -v gzip)" odd
    printf '\x34\x12' | dd of=odd bs=1 seek=18 conv=notrunc status=none
    refused "odd: .*machine 4660" -- ./odd
}

case_error_emulator() {
    refused "/no/such/qemu: no such QEMU" --qemu /no/such/qemu -- true
    refused "not a QEMU" --qemu "$(command -v gzip)" -- true
    refused "nonsense" --engine nonsense -- true
    refused "nonsense" --engine=nonsense -- true
}

case_error_output() {
    refused "cannot write /proc/out.db" -o /proc/out.db -- touch ran
    refused "cannot write nowhere/out.db" -o nowhere/out.db -- touch ran
    mkdir dir
    refused "cannot write dir: it is a directory" -o dir -- touch ran
    refused "cannot write ./: it is a directory" -o ./ -- touch ran
    refused "-o needs the name of a file" -o '' -- touch ran
}

case_error_permission() { # who may write everywhere becomes nobody
    local as=
    mkdir dir
    cp "$good" dir/out.db
    chmod 555 dir
    if [ "$(id -u)" -eq 0 ]; then
        as="setpriv --reuid=65534 --regid=65534 --clear-groups"
        mkdir bin
        cp "$cflow" "$build/libcflow.so" "$qemu/qemu-x86_64" bin
        cflow=$PWD/bin/qemu-cflow
        QEMU_CFLOW_QEMU=$PWD/bin
    fi
    $as "$cflow" record -o dir/out.db -- touch /tmp/ran > out 2> err && fail "it succeeded"
    equal "lines on stderr" "$(wc -l < err)" 1
    matches stderr err '^qemu-cflow: cannot write dir/out.db: Permission denied'
    equal "files in the directory" "$(ls -A dir)" out.db
    cmp "$good" dir/out.db
    chmod 755 dir
}

case_error_full_disk() { # what was measured is kept somewhere else
    mkdir disk tmp
    if [ "$(id -u)" -ne 0 ] || ! mount -t tmpfs -o size=96k tmpfs disk; then
        skip "no disk of our own without root"
    fi
    cp "$good" disk/out.db
    status_of env TMPDIR="$PWD/tmp" "$cflow" record -o disk/out.db -- gzip -c "$cflow" > gz 2> err
    equal "exit status" $status 1
    gzip -c "$cflow" | cmp - gz
    equal "lines on stderr" "$(wc -l < err)" 1
    matches stderr err "^qemu-cflow: .*full.* kept as $PWD/tmp/[^ ]+\$"
    equal "files on the disk" "$(ls -A disk)" out.db
    cmp "$good" disk/out.db
    equal "files kept" "$(ls -A tmp | wc -l)" 1
    exact "$(sed 's/.* kept as //' err)"
    umount disk
}

run_cases "$@"
