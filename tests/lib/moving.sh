# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# For cases in which a VM moves to another one, with Debian 13's QEMU. A script in it
# reads commands from its console, "NUMBER WORD [TEXT]", and prints "done NUMBER"
# after each; the case sets moving_script to its file.

# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh

moving_script=''
# With KVM, INTx of a VM that arrives raises a wrong interrupt line, unless QEMU
# delivers it itself: docs/migration.md.
# shellcheck disable=SC2154 # from vm.sh
[ "$vm_accel" = tcg ] || vm_card=,x-no-kvm-intx=on
# shellcheck disable=SC2034 # the cases use it
state=/run/case/state
socket=/run/case/socket

# migrate URI: QEMU begins to send
migrate() { vm_qmp "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"$1\"}}"; }
# is_migrated RESULT: it is over, with this status
is_migrated() { vm_qmp '{"execute":"query-migrate"}' | grep "\"status\": \"$1\""; }
running() { vm_qmp '{"execute":"query-status"}' | grep '"status": "running"'; }
quit() { vm_qmp '{"execute":"quit"}' >/dev/null; vm_wait; [ "$(cat "$vm_dir/status")" = 0 ]; }
# told DESCRIPTION COMMAND…: the VM does it; $said is what it printed meanwhile
command=0
told() {
	command=$((command + 1))
	title=$1
	shift
	from=$(($(wc -l <"$vm_dir/log") + 1))
	vm_tell "$command $*"
	diag "# $*"
	if vm_wait_for "^done $command\$" 240; then
		pass "$title"
	else
		fail "$title"
	fi
	# shellcheck disable=SC2034 # the cases use it
	said=$(tail -n "+$from" "$vm_dir/log")
}
# arrives FOLDER CARD URI: a VM there waits for what comes from URI
arrives() {
	vm_use "$1"
	rm -f "$socket"
	vm_more="-incoming $3"
	vm_start "$moving_script" "$2"
	[ "$3" != "unix:$socket" ] || within 60 "the other side waits" "[ -e $socket ]"
}
# goes TO: the VM leaves, and has left
goes() {
	ok "it goes" migrate "$1"
	within 120 "it has gone" is_migrated completed
	ok "its QEMU ends" quit
}
