# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts share: where things live, and how they speak. Sourced.
#
#   BUILD       all that is built, and logs      (default: build/ in the checkout)
#   MDEV_CACHE  downloads and what is made of them (default: $BUILD/cache)
#   MDEV_PATIENCE  how many times as long as usual guests may take (default: as
#               this machine is slow)

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$TOP/build}
CACHE=${MDEV_CACHE:-$BUILD/cache}
for folder in BUILD CACHE; do
	[[ ${!folder} != *[[:space:]]* ]] || {
		printf '%s\n' "${0##*/}: the path '${!folder}' has a blank in it, which the kernel's build can't take: move the checkout, or set BUILD to another directory" >&2
		exit 1
	}
	{ mkdir -p "${!folder}" && [ -w "${!folder}" ]; } 2>/dev/null || {
		printf '%s\n' "${0##*/}: the directory ${!folder} can't be written to; to use another one: make BUILD=/some/directory …" >&2
		exit 1
	}
done
BUILD=$(cd "$BUILD" && pwd)
CACHE=$(cd "$CACHE" && pwd)
export BUILD CACHE

# System tools are in sbin, which an ordinary user's PATH lacks.
PATH=$PATH:/usr/sbin:/sbin
LC_ALL=C.UTF-8
export PATH LC_ALL
# a make that called the script is done with its own options
unset MAKEFLAGS MFLAGS MAKELEVEL

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# bash and QEMU need both; a chroot may lack them
[ -e /proc/self/fd ] || die "/proc is not mounted here: mount -t proc proc /proc"
[ -e /dev/fd/0 ] || die "/dev/fd is not there: ln -s /proc/self/fd /dev/fd"

# need_room MB DIRECTORY WHAT: so much is free there
need_room() {
	local free

	free=$(df -Pm "$2" | awk 'NR == 2 { print $4 }')
	[ "${free:-$1}" -ge "$1" ] ||
		die "$3 takes about $1 MB in $2, and only $free MB are free there"
}

# check_kernel_root: MDEV_KERNEL_ROOT, if it is set, names an unpacked kernel
check_kernel_root() {
	[ -z "${MDEV_KERNEL_ROOT:-}" ] ||
		compgen -G "$MDEV_KERNEL_ROOT/lib/modules/*/modules.dep" >/dev/null ||
		die "MDEV_KERNEL_ROOT=$MDEV_KERNEL_ROOT has no lib/modules/VERSION/modules.dep: unpack a kernel's package there and run depmod -b on it, or leave it out"
}

# hold NAME WHAT: let no other run of this checkout have it until this shell ends. The
# scripts that it calls have it as well.
hold() {
	local lock file=$BUILD/$1.lock

	[[ :${MDEV_HELD:-}: != *":$file:"* ]] || return 0
	exec {lock}>>"$file"
	flock -n "$lock" ||
		die "$(cat "$file") is running in this checkout: wait until it has ended, or use another checkout"
	printf '%s\n' "$2 (process $$, since $(date +%H:%M))" >"$file"
	export MDEV_HELD=${MDEV_HELD:-}:$file
}

# patience: sets MDEV_PATIENCE by a measure of the machine, 0.8 s of work on one
# that is fast enough
patience() {
	local began i

	[ -z "${MDEV_PATIENCE:-}" ] || return 0
	began=$(date +%s%N)
	for ((i = 0; i < 300000; i++)); do :; done
	MDEV_PATIENCE=$(((($(date +%s%N) - began) / 1000000 + 799) / 800))
	export MDEV_PATIENCE
	[ "$MDEV_PATIENCE" -le 1 ] ||
		say "this machine is slow, or busy: guests may take $MDEV_PATIENCE times as long as usual (MDEV_PATIENCE sets it)"
}

# progress START TEXT: how long something takes. On a terminal one line that
# is written over, elsewhere a line every 30 seconds; call it every second.
progress() {
	local passed=$((SECONDS - $1))

	if [ -t 2 ]; then
		printf '\r    … %s: %d s \033[K' "$2" "$passed" >&2
	elif [ "$passed" -gt 0 ] && [ $((passed % 30)) = 0 ]; then
		say "    … $2: $passed s"
	fi
}

progress_end() {
	if [ -t 2 ]; then
		printf '\r\033[K' >&2
	fi
}

# with_progress TEXT LOG COMMAND…: run it with its output in LOG, saying how
# long it takes; returns its status. The command has the terminal, so that
# Ctrl-C reaches it and it ends in its own way (apt-get in the middle of dpkg).
with_progress() {
	local text=$1 log=$2 start=$SECONDS status
	shift 2

	while sleep 1; do
		progress "$start" "$text"
	done &
	TICKER=$!
	disown "$TICKER"
	"$@" </dev/null >"$log" 2>&1
	status=$?
	end_ticker
	return "$status"
}

TICKER=
end_ticker() {
	if [ -n "$TICKER" ]; then
		kill "$TICKER" 2>/dev/null
		TICKER=
		progress_end
	fi
}

# newest_headers: the kernel version of the newest installed Debian headers;
# those of the cloud and rt kernels count only where there are no others.
newest_headers() {
	local dir
	for dir in /usr/src/linux-headers-[0-9]*-"$(dpkg --print-architecture)"; do
		if [ -e "$dir/Makefile" ]; then
			dir=${dir#/usr/src/linux-headers-}
			case $dir in
			*-cloud-*|*-rt-*) printf '0 %s\n' "$dir" ;;
			*) printf '1 %s\n' "$dir" ;;
			esac
		fi
	done | sort -k1,1n -k2,2V | sed -n '$s/^. //p'
}
