# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts share: where things live, and how they speak. Sourced.
#
#   BUILD       all that is built, and logs      (default: build/ in the checkout)
#   MDEV_CACHE  downloads and what is made of them (default: $BUILD/cache)

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$TOP/build}
CACHE=${MDEV_CACHE:-$BUILD/cache}
mkdir -p "$BUILD" "$CACHE" || exit 1
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
