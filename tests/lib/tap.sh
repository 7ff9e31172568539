# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The words of a test case; sourced in the guest before the case. Each check is
# a command as a person would type it; the command is printed before it runs,
# what it said after it, and then whether it was right, in TAP.
# tests/README.md shows them all with examples.
#
# After each command: $status, $out and $err hold what came of it.

case_dir=${CASE_DIR:-/run/case}

tests=0
failures=0
# A kernel with checkers needs longer for what it is waited for.
slow=1
[ ! -e /proc/lockdep ] || slow=4
out='' err='' status=0

diag() { printf '%s\n' "$*" | sed 's/^/# /'; }

# step TITLE: what the next checks are about
step() { diag "" && diag "== $* =="; }

# perform COMMAND: one word is a line for the shell, several are a command and
# its arguments as they are
perform() {
	if [ $# = 1 ]; then
		eval "$1"
	else
		"$@"
	fi
}

# run COMMAND: run it without judging
run() {
	diag "\$ $*"
	perform "$@" >"$case_dir/out" 2>"$case_dir/err"
	status=$?
	out=$(cat "$case_dir/out")
	err=$(cat "$case_dir/err")
	[ -z "$out" ] || diag "$out"
	[ -z "$err" ] || diag "$err"
	return "$status"
}

pass() {
	tests=$((tests + 1))
	echo "ok $tests - $*"
}

fail() {
	tests=$((tests + 1))
	failures=$((failures + 1))
	echo "not ok $tests - $*"
}

# skip DESCRIPTION REASON
skip() {
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

# ok DESCRIPTION COMMAND: the command succeeds
ok() {
	title=$1
	shift
	if run "$@"; then
		pass "$title"
	else
		fail "$title"
		diag "  expected: success; got: status $status"
	fi
}

# fails DESCRIPTION COMMAND: the command fails, however
fails() {
	title=$1
	shift
	if run "$@"; then
		fail "$title"
		diag "  expected: an error; got: success"
	else
		pass "$title"
	fi
}

# errno_text NAME: the words in which programs report it
errno_text() {
	case $1 in
	EPERM) echo "Operation not permitted" ;;
	ENOENT) echo "No such file or directory|nonexistent directory|no such file" ;;
	EINTR) echo "Interrupted system call" ;;
	EIO) echo "Input/output error|I/O error" ;;
	ENXIO) echo "No such device or address" ;;
	E2BIG) echo "Argument list too long" ;;
	EBADF) echo "Bad file descriptor" ;;
	EAGAIN) echo "Resource temporarily unavailable" ;;
	ENOMEM) echo "Cannot allocate memory" ;;
	EACCES) echo "Permission denied" ;;
	EFAULT) echo "Bad address" ;;
	EBUSY) echo "Device or resource busy" ;;
	EEXIST) echo "File exists" ;;
	EADDRINUSE) echo "Address already in use|Address in use" ;;
	ENODEV) echo "No such device" ;;
	EINVAL) echo "Invalid argument" ;;
	ENOTTY) echo "Inappropriate ioctl for device" ;;
	EFBIG) echo "File too large" ;;
	ENOSPC) echo "No space left on device" ;;
	ERANGE) echo "Numerical result out of range" ;;
	ENOSYS) echo "Function not implemented" ;;
	EOPNOTSUPP) echo "Operation not supported" ;;
	ETIMEDOUT) echo "Connection timed out" ;;
	EUSERS) echo "Too many users" ;;
	*) echo "errno_text does not know $1" ;;
	esac
}

# fails_with ERRNO DESCRIPTION COMMAND: the command fails, and says why
fails_with() {
	errno=$1
	title=$2
	shift 2
	run "$@"
	if [ "$status" != 0 ] && echo "$err" | grep -qE "($(errno_text "$errno"))\$"; then
		pass "$title ($errno)"
	else
		fail "$title ($errno)"
		diag "  expected: $errno, \"$(errno_text "$errno")\"; got: status $status, \"$err\""
	fi
}

# gives WANT DESCRIPTION COMMAND: the command succeeds and prints just WANT
gives() {
	want=$1
	title=$2
	shift 2
	if run "$@" && [ "$out" = "$want" ]; then
		pass "$title"
	else
		fail "$title"
		diag "  expected: \"$want\"; got: status $status, \"$out\""
	fi
}

# shows REGEX DESCRIPTION COMMAND: the command succeeds, and a line that it
# prints matches REGEX (extended)
shows() {
	want=$1
	title=$2
	shift 2
	if run "$@" && echo "$out" | grep -qE -e "$want"; then
		pass "$title"
	else
		fail "$title"
		diag "  expected: status 0 and a line like \"$want\"; got: status $status"
	fi
}

# is DESCRIPTION GOT WANT: two strings are the same
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		diag "  expected: \"$3\"; got: \"$2\""
	fi
}

# contains DESCRIPTION TEXT REGEX: a line of the text matches
contains() {
	if echo "$2" | grep -qE -e "$3"; then
		pass "$1"
	else
		fail "$1"
		diag "  expected: a line like \"$3\" in:"
		diag "$2"
	fi
}

# within SECONDS DESCRIPTION COMMAND: the command succeeds before long; for
# what happens by itself, like a module that udev loads
within() {
	until_up=$(($(cut -d. -f1 /proc/uptime) + $1 * slow))
	title=$2
	shift 2
	diag "\$ $*    # tried until it succeeds"
	until perform "$@" >"$case_dir/out" 2>"$case_dir/err"; do
		if [ "$(cut -d. -f1 /proc/uptime)" -ge "$until_up" ]; then
			fail "$title"
			diag "$(cat "$case_dir/out" "$case_dir/err")"
			return
		fi
		usleep 50000
	done
	out=$(cat "$case_dir/out")
	[ -z "$out" ] || diag "$out"
	pass "$title"
}

# logged REGEX DESCRIPTION: the kernel's log has such a line
logged() { shows "$1" "$2" "dmesg | grep -E '$1'"; }

# the VM inside the guest speaks through this; see vm.sh
# (its commands run with their output kept, so it has the port itself)
exec 9>&1
vm_says() { diag "  vm| $*" >&9; }
