#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install.sh BUILD_DIR
#
# "make install" puts everything in place, both below DESTDIR, as packages are
# made, and for good; the build directory keeps the prefix that it had.
set -u

if [ $# -ne 1 ] || [ ! -f "$1/build.ninja" ]; then
    echo "usage: install.sh BUILD_DIR" >&2
    exit 2
fi
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$1" && pwd)
export LC_ALL=C.UTF-8
# As in the Makefile: a Python from elsewhere may lack what meson needs.
meson="env PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH meson"
scratch=$(mktemp -d)
prefix=$($meson introspect --buildoptions "$build" | python3 -c '
import json, sys
print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
trap '$meson configure "$build" --prefix="$prefix"; make -s -C "$root" BUILD="$build" > /dev/null
      rm -rf "$scratch"' EXIT
passed=0 failed=0

check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" > "$scratch/log" 2>&1; then
        echo "PASS install/$name"
        passed=$((passed + 1))
    else
        sed 's/^/    /' "$scratch/log" | tail -n 20
        echo "FAIL install/$name"
        failed=$((failed + 1))
    fi
}

install_to() { # DESTDIR PREFIX
    make -s -C "$root" install BUILD="$build" DESTDIR="$1" PREFIX="$2"
}

check_files() {
    local pages page
    test -x "$scratch/dest/usr/bin/qemu-cflow" || return
    find "$scratch/dest/usr" -path '*/lib*/qemu-cflow/libcflow.so' | grep . || return
    find "$scratch/dest/usr" -path '*/lib*/qemu-cflow/libcflow-standalone.so' | grep . || return
    pages=$(cd "$root/doc/man" && ls ./*.[1-9]) || return
    for page in $pages; do
        page=${page#./}
        cmp "$root/doc/man/$page" "$scratch/dest/usr/share/man/man${page##*.}/$page" || return
    done
    echo "everything else that was installed:"
    ! (cd "$scratch/dest" && find . -type f) |
        grep -vE '^\./usr/(bin/qemu-cflow|lib.*/libcflow(-standalone)?\.so|share/(man/man[17]/.*\.[17]|bash-completion/completions/qemu-cflow\.bash))$'
}

check_version() {
    local version
    version=$(sed -n "s/^project(.* version: '\([^']*\)'.*/\1/p" "$root/meson.build")
    "$scratch/dest/usr/bin/qemu-cflow" --version | tee /dev/stderr | grep -F "$version"
}

# The verbs that "qemu-cflow re<Tab>" offers.
check_completion() {
    local offered
    offered=$(bash --norc --noprofile -c '
        source "$1" || exit
        complete -p qemu-cflow >&2 || exit
        COMP_WORDS=(qemu-cflow re) COMP_CWORD=1
        _qemu_cflow
        printf "%s\n" "${COMPREPLY[@]}" | sort | tr -d " " | tr "\n" " "' \
        completion "$scratch/dest/usr/share/bash-completion/completions/qemu-cflow.bash") || return
    echo "offered: $offered"
    [ "$offered" = "record report " ]
}

# Installed for good, the command finds its plugin without the build directory.
check_record() (
    local qemu
    qemu=$("$root/scripts/get-qemu" --print x86_64) || return
    unset QEMU_CFLOW_PLUGIN
    cd "$scratch" || return
    QEMU_CFLOW_QEMU=$qemu "$scratch/opt/bin/qemu-cflow" record -o out.db -- true &&
        "$scratch/opt/bin/qemu-cflow" info -i out.db
)

check destdir install_to "$scratch/dest" /usr
check files check_files
check version check_version
check completion check_completion
check prefix install_to "" "$scratch/opt"
check record check_record
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
