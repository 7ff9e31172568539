# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What run-case.sh and system-topic.sh judge by, and how they print TAP. Sourced.

# What the kernel's log must not hold
alarm='WARNING:|BUG:|BUG at|Oops|UBSAN|KASAN|KCSAN|KFENCE|[Gg]eneral protection|Call Trace'
alarm+='|Kernel panic|[Ss]oft lockup|hard LOCKUP|blocked for more than|self-detected stall|detected stalls'
alarm+='|possible (circular|recursive)|deadlock|lock held when returning|suspicious RCU'
alarm+='|scheduling while atomic|sleeping function called|ODEBUG|refcount_t:|list_(add|del) corruption'
alarm+='|kobject.*(tried to (init|add)|not initialized|does not have a release)|sysfs: cannot create'
alarm+='|unreferenced object|kmemleak:.*(suspected|error|disabled|[Cc]annot)|leaked|still has [0-9]+ (users|objects)'
alarm+='|Slab cache still has|unable to handle|NULL pointer|double free|use-after-free|trying to register non-static'

# alarms LOG [ALLOWED-REGEX…]: the lines of it that hold an alarm
alarms() {
	local log=$1 regex lines
	shift

	lines=$(tr -d '\r' <"$log" | grep -nE "$alarm")
	for regex; do
		lines=$(printf '%s\n' "$lines" | grep -vE -e "$regex")
	done
	printf '%s' "$lines"
}

# open_tap FILE: what is told is printed, and kept in FILE
open_tap() {
	: >"$1"
	exec 3>>"$1"
	tests=0	# told so far
	last=	# the last command that the tests' own output names
}

tell() {
	printf '%s\n' "$*"
	printf '%s\n' "$*" >&3
}

# tell_lines: standard input, as a comment
tell_lines() { tr -d '\r' | sed 's/^/#     /' | tee -a /dev/fd/3; }

# pass_on LINE: of TAP, from a test
# shellcheck disable=SC2034 # its caller uses "last"
pass_on() {
	case $1 in
	'ok '[0-9]*|'not ok '[0-9]*) tests=$((tests + 1)) ;;
	'# $ '*) last=${1#\# \$ } ;;
	esac
	tell "$1"
}

# judge STATUS DESCRIPTION: a test of our own; returns STATUS
judge() {
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then
		tell "ok $tests - $2"
	else
		tell "not ok $tests - $2"
	fi
	return "$1"
}

# judge_log LOG DESCRIPTION [ALLOWED-REGEX…]: that it holds no alarm
judge_log() {
	local log=$1 description=$2 found
	shift 2

	found=$(alarms "$log" "$@")
	[ -z "$found" ]
	if ! judge $? "$description"; then
		tell "#   in $log:"
		printf '%s\n' "$found" | head -n 40 | tell_lines
	fi
}
