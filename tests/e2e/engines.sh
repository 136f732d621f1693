#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# engines.sh BUILD_DIR QEMU_BIN_DIR WORK_DIR [CASE...]
#
# Records programs with the edge engine and with the flow engine and compares the
# profiles: both exact, and every edge, its kind and its count the same.  The
# programs are
#
#   NAME            each case_NAME below: Debian's programs and a few of our own
#   NAME-ISA        a guest program below, compiled for an instruction set
#   csmith          programs that csmith makes at random: $CFLOW_CSMITH of them
#                   (100), every tenth for other instruction sets, too, beginning
#                   with csmith's seed $CFLOW_SEED (the time)
#
# Two recordings are compared, so address-space layout, the hash seeds and the
# environment are fixed, and the programs do not depend on the time, their
# process id or random numbers.  With CFLOW_TWICE=1 the edge engine stands in for
# the flow engine, which shows whether that is so.
#
# What belongs to a case that failed is kept in WORK_DIR.
set -u

if [ $# -lt 3 ] || [ ! -x "$1/qemu-cflow" ] || [ ! -x "$2/qemu-x86_64" ]; then
    echo "usage: engines.sh BUILD_DIR QEMU_BIN_DIR WORK_DIR [CASE...], qemu-cflow being in" \
        "the first and qemu-x86_64 in the second" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
qemu=$(cd "$2" && pwd)
mkdir -p "$3" && work=$(cd "$3" && pwd) || exit 2
shift 3
jobs=2
engines="edge flow"
[ -z "${CFLOW_TWICE:-}" ] || engines="edge edge"
csmith=${CFLOW_CSMITH:-100}
seed=${CFLOW_SEED:-$(date +%s)}
if [[ ! $csmith =~ ^[0-9]{1,7}$ || ! $seed =~ ^[0-9]{1,10}$ ]]; then
    echo "engines.sh: CFLOW_CSMITH and CFLOW_SEED are numbers" >&2
    exit 2
fi
seed=$((10#$seed % 4000000000)) csmith=$((10#$csmith))
isas="x86_64 i386 aarch64 arm a32 riscv64"
guests="interpreter jumps words threads exceptions"
# What a program sees; oracle.py has the same.
environment=(PATH=/usr/bin:/bin HOME=/ LC_ALL=C QEMU_RAND_SEED=1)
# In small programs little runs often enough to become hot by itself.  With $warm all
# that runs twice does: every second random program, and our own for these.
hot=(QEMU_CFLOW_PLUGIN_OPTIONS=cold=2)
warm=
warm_isas="i386 arm riscv64"
# A 64-bit guest's mappings lie among QEMU's own, and so depend on what an engine
# allocates and when QEMU's threads begin to.  Some programs hash addresses: those
# come from brk.  Both settings are meant for QEMU as well as for the guest.
placement=(MALLOC_MMAP_MAX_=0 MALLOC_ARENA_MAX=1)
export LC_ALL=C.UTF-8
ulimit -c 0

# --- tools of the cases --------------------------------------------------------

fail() {
    echo "$*" >&2
    exit 1
}

skip() {
    echo "$*" > skip
    exit 77
}

have() { # PROGRAM
    command -v "$1" > /dev/null || skip "no $1"
}

sql() { # FILE QUERY
    sqlite3 -readonly "$1" "$2"
}

# The edges of FILE, in an order and with numbers that do not depend on when
# anything was first seen; if MODULE is given, those that leave from it.
edges() { # FILE [MODULE]
    local where=
    [ -z "${2:-}" ] || where="and s.path like '%/$2'"
    sql "$1" "select e.process, s.path, printf('0x%x', e.src), d.path, printf('0x%x', e.dst),
            k.name, e.count
        from edge e join module s on s.id = e.src_module join module d on d.id = e.dst_module
            join kind k on k.id = e.kind
        where k.name not in ('split', 'retry') $where
        order by e.process, s.path, e.src, d.path, e.dst, k.name"
}

# Records COMMAND with both engines and compares.  $input is its standard input;
# $module, if set, the only module whose edges have to be the same.
compare() { # COMMAND...
    local number=0 status engine said
    for engine in $engines; do
        number=$((number + 1)) status=0
        # Both have to find the directory in the same state and the same names in it.
        # shellcheck disable=SC2016
        env -i "${environment[@]}" ${warm:+"${hot[@]}"} timeout 120 sh -c 'echo $$ > "$0"; exec "$@"' $number.parent \
            setarch -R "$build/qemu-cflow" record -q \
            --qemu "$qemu" --engine "$engine" -o profile.db -- "$@" \
            < "${input:-/dev/null}" > $number.out 2> $number.err || status=$?
        echo "exit status $status" >> $number.out
        [ -f profile.db ] || fail "$engine: no profile; $(tail -n 3 $number.err)"
        mv profile.db $number.db
        said=$(sql $number.db "select group_concat(key || ' ' || value, ', ') from (select key, value
            from meta where key in ('engine', 'exact', 'residual') order by key)")
        [ "$said" = "engine $engine, exact 1, residual 0" ] ||
            fail "$said: $(sql $number.db "select value from meta where key = 'exact_note'")"
        edges $number.db "${module:-}" > $number.edges
        [ "$(wc -l < $number.edges)" -gt 10 ] || fail "$engine: hardly any edges"
    done
    diff 1.out 2.out || fail "the output differs"
    # A shell makes digits of its parent's number, in a loop: have as many, after a wrap, too.
    if [ "$(wc -c < 1.parent)" -ne "$(wc -c < 2.parent)" ]; then
        compare "$@"
        return
    fi
    if ! diff 1.edges 2.edges > difference; then
        echo "$(grep -c '^[<>]' difference) lines differ, < $engines >:" >&2
        head -n 20 difference >&2
        blame "$@" >&2
        return 1
    fi
    awk -F'|' '{ n += $NF } END { printf "%d edges, %.0f transfers\n", NR, n }' 1.edges > note
}

# Which engine is it?  QEMU's own log knows, if the program is static.
blame() { # COMMAND...
    local number emulator
    ! readelf -lW "$1" | grep -q INTERP || return 0
    emulator=$qemu/qemu-$(sql 1.db "select value from meta where key = 'isa'")
    for number in 1 2; do
        echo "$number against QEMU's log:"
        timeout 300 python3 "$here/oracle.py" --qemu "$emulator" --profile $number.db --limit 5 \
            --stdin "${input:-/dev/null}" -- "$@" 2>&1 | sed 's/^/    /'
    done
}

# The text that Debian's programs work on: reproducible, neither too regular nor
# too random.
text() { # LINES
    awk -v lines="$1" 'BEGIN {
        n = split("the a branch block of counts edge flow is taken not and returns zero one", w)
        x = 1
        for (i = 1; i <= lines; i++) {
            line = i
            for (k = 0; k < 8; k++) {
                x = (x * 16807) % 2147483647
                line = line " " (x % 11 ? w[x % n + 1] : x % 1000)
            }
            print line
        }
    }'
}

# --- Debian's programs ---------------------------------------------------------

case_perl() {
    environment+=(PERL_HASH_SEED=0)
    compare /usr/bin/perl -e 'my %h; $h{$_ % 977} += $_ for 1 .. 100000;
        my @k = sort { $h{$a} <=> $h{$b} } keys %h; my $s = join ",", @k;
        $s =~ s/(\d+)7,/<$1>/g; print scalar(@k), " ", length $s, "\n"; eval { die "x" };'
}

case_python() {
    [ -x /usr/bin/python3 ] || skip "no /usr/bin/python3"
    environment+=(PYTHONHASHSEED=0 PYTHONMALLOC=malloc)
    compare /usr/bin/python3 -S -B -c '
words = {str(i * i % 1009): i for i in range(3000)}
def walk(n):
    try:
        yield n if n % 7 else 1 // (n % 7)
    except ZeroDivisionError:
        yield from (n, n + 1)
print(len(words), sum(x for n in range(2000) for x in walk(n)), sorted(words)[:3])'
}

case_gzip() {
    text 4000 > words
    compare /bin/gzip -9 -n -c words
    gzip -9 -n < words > words.gz
    input=words.gz compare /bin/gzip -d
}

case_bzip2() {
    text 4000 > words
    compare /bin/bzip2 -c words
}

# The flow engine alone: whenever a block ceases to be cold, the counts are the same.
case_cold() {
    local cold
    text 400 > words
    for cold in 0 1 64; do
        env -i "${environment[@]}" timeout 120 setarch -R "$qemu/qemu-x86_64" \
            -plugin "$build/libcflow.so,engine=flow,cold=$cold,out=$cold.db" \
            /bin/bzip2 -c words > $cold.out || fail "cold=$cold: status $?"
        [ "$(sql $cold.db "select value from meta where key = 'exact'")" = 1 ] ||
            fail "cold=$cold: not exact"
        edges $cold.db > $cold.edges
        [ "$(wc -l < $cold.edges)" -gt 1000 ] || fail "cold=$cold: hardly any edges"
        diff 0.edges $cold.edges > difference || fail "cold=$cold: $(head -n 5 difference)"
    done
    awk -F'|' '{ n += $NF } END { printf "%d edges, %.0f transfers\n", NR, n }' 0.edges > note
}

# The flow engine alone: a block that two jumps lead to in turn takes most for granted, and
# so does a function that threads reach through a table filled meanwhile (sort's memcmp()).
case_changing() {
    gcc -nostdlib -static -no-pie -I "$here/../guest/common" -I "$here/../guest/x86_64" \
        -o changing "$here/../guest/x86/changing-source.S"
    text 30000 > words
    few ./changing 3
    few "/usr/bin/sort --parallel=4 words" 20
    echo "callbacks for 1 in 3 and 1 in 20 of what would need one, at most" > note
}

# Records COMMAND, which may take callbacks for one in PART of its indirect transfers.
few() { # COMMAND PART
    local name=${1##*/}
    name=${name%% *}
    # shellcheck disable=SC2086
    env -i "${environment[@]}" timeout 120 "$build/qemu-cflow" record -q --engine flow \
        --qemu "$qemu/qemu-x86_64" -o $name.db -- $1 > $name.out || fail "$name: status $?"
    [ "$(sql $name.db "select value from meta where key = 'exact'")" = 1 ] ||
        fail "$name: not exact"
    sql $name.db "select (select value from meta where key = 'callbacks'), sum(e.count)
        from edge e join kind k on k.id = e.kind
        where k.name in ('return', 'indirect-jump', 'indirect-call')" > $name.counts
    awk -F'|' -v part="$2" '{ exit !($1 * part < $2) }' $name.counts ||
        fail "$name: callbacks and transfers: $(cat $name.counts)"
}

case_xz() {
    text 4000 > words
    compare /usr/bin/xz -T1 -c words
}

case_sqlite() {
    cat > script.sql << 'END'
create table t(a integer primary key, b int, c text);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 4000)
    insert into t select x, x * 7919 % 1009, printf('%05d-%s', x % 313, hex(x)) from n;
create index i on t(b, c);
select b, count(*), sum(a) from t group by b having count(*) > 3 order by 2 desc, 1 limit 5;
select count(*) from t x join t y on x.b = y.a where x.c like '%7%' and y.c glob '00*';
update t set c = upper(substr(c, 2)) where b between 100 and 400;
begin; delete from t where a % 3 = 0; rollback;
delete from t where a % 5 = 0;
select count(*), max(c), avg(b) from t;
END
    input=script.sql compare /usr/bin/sqlite3 -batch :memory:
}

case_cc1() {
    local cc1
    cc1=$(gcc -print-prog-name=cc1)
    [ -x "$cc1" ] || skip "no cc1"
    gcc -E -P -o queens.i "$here/../../examples/queens.c"
    compare "$cc1" -fpreprocessed -quiet -O1 -o - queens.i
}

case_sort() {
    text 6000 > words
    compare /usr/bin/sort --parallel=1 -k 3,3 -k 2n words
}

case_awk() {
    text 4000 > words
    compare "$(realpath "$(command -v awk)")" '{ for (i = 2; i <= NF; i++) n[$i]++ }
        /zero (is|not)/ { s = s substr($0, 1, 3) } END { for (w in n) print w, n[w]; print length(s) }' \
        words
}

case_sed() {
    text 3000 > words
    compare /bin/sed -n -E '/edge|flow/{s/([a-z]+) ([0-9]+)/\2 \1/g;h;n;G;y/abc/xyz/;p}' words
}

case_grep() { # not GNU's, which reads /proc/self/maps, where the addresses are
    have busybox
    text 4000 > words
    compare "$(realpath "$(command -v busybox)")" grep -n -E \
        '(taken|not) .*[0-9]{2}.*(edge|flow)$' words
}

case_shell() {
    # shellcheck disable=SC2016
    compare /bin/dash -c 'f() { local n=$1; [ $n -le 0 ] || f $((n - 1)); s=$((s + n)); }
        i=0; while [ $i -lt 1500 ]; do
            case $i in *7) f $((i % 13)) ;; *[02468]) : ${t:=$i} ;; *) t=${t%[0-5]}$i ;; esac
            i=$((i + 1)); t=${t#??}; done
        trap "echo bye" EXIT; echo "$s $t"; eval "set -- a b c"; shift; printf "%s-%03d\n" $1 $#'
}

# --- guest programs, for each instruction set -------------------------------------

compiler() { # ISA, into $compiler
    case $1 in
        x86_64) compiler= ;;
        i386) compiler=i686-linux-gnu- ;;
        arm | a32) compiler=arm-linux-gnueabihf- ;;
        *) compiler=$1-linux-gnu- ;;
    esac
}

guest() { # ISA PROGRAM
    local flags="-O1 -g -Wall -Wextra" compiler source=$here/guest-$2.c
    compiler "$1"
    case $1 in
        a32) flags="$flags -marm" ;;
        *) [ -x "$qemu/qemu-$1" ] || skip "no qemu-$1" ;;
    esac
    case $2 in
        exceptions)
            flags="$flags -std=c++17 -static"
            compiler=${compiler}g++ source=$here/guest-$2.cc
            ;;
        threads) # how the C library waits is left to chance
            flags="$flags -pthread -Wl,-z,now"
            compiler=${compiler}gcc module=threads
            ;;
        words)
            flags="$flags -static"
            compiler=${compiler}gcc source=$here/oracle-words.c
            ;;
        *)
            flags="$flags -static"
            compiler=${compiler}gcc
            ;;
    esac
    have "$compiler"
    # shellcheck disable=SC2086
    "$compiler" $flags -o "$2" "$source"
    [[ " $warm_isas " != *" $1 "* ]] || warm=yes
    compare "$PWD/$2"
}

# --- csmith --------------------------------------------------------------------

# One program of csmith's for one ISA, in its own directory: 0 if its profiles are
# equal, 77 if it is of no use, else what was wrong is in log.
csmith_compare() { # ISA
    local compiler flags='' status
    compiler "$1"
    if [ "$1" = arm ] && [ $((${PWD##*-} % 2)) -eq 0 ]; then
        flags=-marm
    fi
    mkdir "$1" && cd "$1" || return 1
    # shellcheck disable=SC2086
    "${compiler}gcc" -w -O1 $flags -static -I/usr/include/csmith -o program ../program.c \
        > log 2>&1 || return 1
    # Quite a few of them never end.  It is their own time that is limited.
    (ulimit -t 1 && env -i "${environment[@]}" timeout 20 "$qemu/qemu-$1" ./program) \
        > /dev/null 2>&1
    status=$?
    if [ $status -ge 124 ]; then
        return 77
    fi
    [ $((number % 2)) -eq 0 ] || warm=yes # the worker's
    (set -eE -o pipefail && compare "$PWD/program") > log 2>&1
}

# Programs from seed FIRST on, every second one, until COUNT were compared; the
# first, counting from OFFSET, of each ten for the other ISAs, too.  A line for
# each result.
csmith_worker() { # FIRST COUNT OFFSET
    local number=$1 done=0 tried=0 isa status others
    while [ $done -lt "$2" ] && [ $tried -lt $(($2 * 3 + 10)) ]; do
        mkdir "$work/csmith/seed-$number" && cd "$work/csmith/seed-$number" || return
        others=
        [ $(((done + $3) % 10)) -ne 0 ] || others="aarch64 arm riscv64"
        csmith --seed "$number" --max-funcs 5 --max-block-depth 4 --float -o program.c > /dev/null
        for isa in x86_64 $others; do
            compiler "$isa"
            if [ ! -x "$qemu/qemu-$isa" ] || ! command -v "${compiler}gcc" > /dev/null; then
                continue
            fi
            (csmith_compare $isa)
            status=$?
            case $status in
                0)
                    echo "pass $isa $number $(cat $isa/note)"
                    ;;
                77)
                    echo "discard $isa $number"
                    ;;
                *)
                    echo "fail $isa $number"
                    ;;
            esac
            if [ $status -eq 0 ] || [ $status -eq 77 ]; then
                rm -rf "${isa:?}"
            fi
            [ $isa != x86_64 ] || [ $status -ne 77 ] || break
        done
        [ $isa = x86_64 ] && [ $status -eq 77 ] || done=$((done + 1))
        [ -n "$(find . -mindepth 1 -type d)" ] || rm -rf "$PWD"
        number=$((number + 2)) tried=$((tried + 1))
    done
}

run_csmith() {
    local isa number compared
    if [ ! -e /usr/include/csmith/csmith.h ] || ! command -v csmith > /dev/null; then
        report csmith 77 "no csmith"
        return
    elif [ $csmith -eq 0 ]; then
        report csmith 77 "no programs asked for"
        return
    fi
    echo "seed $seed"
    rm -rf "$work/csmith"
    mkdir "$work/csmith"
    csmith_worker "$seed" $(((csmith + 1) / 2)) 0 > "$work/csmith/0" 2>&1 &
    csmith_worker $((seed + 1)) $((csmith / 2)) 5 > "$work/csmith/1" 2>&1 &
    wait
    cat "$work/csmith"/[01] > "$work/csmith/results"
    for isa in x86_64 aarch64 arm riscv64; do
        awk -v isa=$isa '$2 == isa { n[$1]++; transfers += $6 } END {
            printf "%d programs, %.0f transfers, %d discarded", n["pass"] + n["fail"], transfers,
                n["discard"] }' "$work/csmith/results" > "$work/csmith/note"
        compared=$(grep -cE "^(pass|fail) $isa " "$work/csmith/results")
        if [ $isa = x86_64 ] && [ "$compared" -lt $csmith ]; then
            echo "    only $compared programs:"
            grep -v ^pass "$work/csmith/results" | tail | sed 's/^/    /'
            report csmith-$isa 1
            continue
        elif [ "$compared" -eq 0 ]; then
            report csmith-$isa 77 "$(cat "$work/csmith/note")"
            continue
        elif ! grep -q "^fail $isa " "$work/csmith/results"; then
            report csmith-$isa 0 "$(cat "$work/csmith/note"), seed $seed"
            continue
        fi
        sed -n "s/^fail $isa //p" "$work/csmith/results" | while read -r number; do
            echo "    CFLOW_SEED=$number CFLOW_CSMITH=1: $work/csmith/seed-$number/$isa"
            sed 's/^/        /' "$work/csmith/seed-$number/$isa/log" | head -n 40
        done
        report csmith-$isa 1
    done
}

# --- all of them ---------------------------------------------------------------

passed=0 failed=0 skipped=0

report() { # NAME STATUS NOTE
    case $2 in
        0)
            echo "PASS engines/$1: $3"
            passed=$((passed + 1))
            ;;
        77)
            echo "SKIP engines/$1: $3"
            skipped=$((skipped + 1))
            ;;
        *)
            echo "FAIL engines/$1"
            failed=$((failed + 1))
            ;;
    esac
}

run() { # NAME: in a directory of its own, where it leaves its status
    (
        cd "$work/$1" || exit 1
        set -eE -o pipefail
        trap 'echo "line $LINENO: $BASH_COMMAND" >&2' ERR
        if [ "$(type -t "case_$1")" = function ]; then
            environment+=("${placement[@]}")
            "case_$1"
        else
            guest "${1##*-}" "${1%-*}"
        fi
    ) > "$work/$1/log" 2>&1
    echo $? > "$work/$1/status"
}

known() { # NAME
    [[ $1 = csmith || $(type -t "case_$1") = function ||
        (" $guests " = *" ${1%-*} "* && " $isas " = *" ${1##*-} "*) ]]
}

if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046
    set -- $(sed -n 's/^case_\([a-z0-9_]*\)() .*/\1/p' "$here/engines.sh")
    for isa in $isas; do
        for program in $guests; do
            compiler "$isa"
            # A C++ compiler for another machine is more than we ask for.
            if [ $program != exceptions ] || [ -z "$compiler" ] ||
                command -v "${compiler}g++" > /dev/null; then
                set -- "$@" "$program-$isa"
            fi
        done
    done
    set -- "$@" csmith
fi
for name; do
    known "$name" || {
        echo "no such case: $name" >&2
        exit 2
    }
done
if ! setarch -R true 2> /dev/null; then
    echo "SKIP engines: address-space layout randomization cannot be switched off here"
    exit 0
fi

# Reports $1, which must have ended, and cleans up after it.
finish() { # NAME
    local status
    status=$(cat "$work/$1/status" 2> /dev/null) || status=1
    if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
        sed 's/^/    /' "$work/$1/log" | tail -n 40
    fi
    report "$1" "$status" "$(cat "$work/$1/note" "$work/$1/skip" 2> /dev/null)"
    if [ "$status" -eq 0 ] || [ "$status" -eq 77 ]; then
        rm -rf "${work:?}/$1"
    fi
}

declare -A running=()
collect() { # until fewer than $1 are running
    local pid
    while [ ${#running[@]} -ge "$1" ]; do
        wait -n -p pid "${!running[@]}"
        finish "${running[$pid]}"
        unset "running[$pid]"
    done
}

random=
for name; do
    if [ "$name" = csmith ]; then
        random=yes
        continue
    fi
    collect $jobs
    rm -rf "${work:?}/$name"
    mkdir "$work/$name"
    run "$name" &
    running[$!]=$name
done
collect 1
[ -z "$random" ] || run_csmith
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
