# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The words of tests/lib/tap.sh for the demo: the same walk-through, told to a
# person. Commands and their output are printed as they are; a check that
# fails ends the guest. The demo on the host reads the lines that begin with @.
out='' status=0

step() { echo "@step $*"; }

perform() {
	if [ $# = 1 ]; then
		eval "$1"
	else
		"$@"
	fi
}

run() {
	echo "@run $*"
	perform "$@" >/run/case/out 2>&1
	status=$?
	cat /run/case/out
	out=$(cat /run/case/out)
	return "$status"
}

fail() {
	echo "@fail $*"
	exit 1
}

ok() {
	title=$1
	shift
	run "$@" || fail "$title: this went wrong"
}

gives() {
	want=$1
	title=$2
	shift 2
	if ! run "$@" || [ "$out" != "$want" ]; then
		fail "$title: expected \"$want\""
	fi
}

shows() {
	want=$1
	title=$2
	shift 2
	if ! run "$@" || ! echo "$out" | grep -qE -e "$want"; then
		fail "$title: expected a line like \"$want\""
	fi
}

is() { [ "$2" = "$3" ] || fail "$1: \"$2\" instead of \"$3\""; }

contains() {
	echo "$2" | grep -qE -e "$3" || fail "$1: no line like \"$3\""
}

within() {
	seconds=$(($1 * 20))
	title=$2
	shift 2
	until perform "$@" >/run/case/out 2>&1; do
		seconds=$((seconds - 1))
		[ $seconds -gt 0 ] || fail "$title: it did not happen"
		usleep 50000
	done
	run "$@"
}

diag() { :; }

exec 9>&1
vm_says() { echo "@vm $*" >&9; }

fails() {
	title=$1
	shift
	! run "$@" || fail "$title: it should have failed"
}
