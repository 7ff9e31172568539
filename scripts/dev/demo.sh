#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# demo.sh: what "make demo" shows. Installs what is needed, builds the
# modules, boots a guest with Debian's kernel, and does there what the kernel's
# Documentation/driver-api/vfio-mediated-device.rst shows: create a mediated
# device, give it to a VM, use its serial ports there, remove it. Then a VM gets a
# device of a simulated NVIDIA T4. Each command is printed with its real output.
#
# The guest is a QEMU of its own: nothing is loaded into this machine's kernel.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../common.sh"

if [ -t 1 ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
else
	bold='' dim='' plain=''
fi

guest='' step='starting' steps=0
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	local status=$?

	trap '' INT TERM HUP
	end_ticker
	progress_end
	if [ -n "$guest" ]; then
		kill "$guest" 2>/dev/null
		wait "$guest" 2>/dev/null
	fi
	if [ $status = 130 ]; then
		say "stopped; nothing of it is running any more"
	fi
	exit $status
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

step() {
	steps=$((steps + 1))
	step=$*
	printf '\n%s%d. %s%s\n' "$bold" "$steps" "$*" "$plain"
}

command_line() { printf '    %s# %s%s\n' "$bold" "$*" "$plain"; }
output() { printf '    %s\n' "$*"; }

failed() {
	progress_end
	printf '\n%sThe demo failed at step %d, "%s":%s\n    %s\n' \
		"$bold" "$steps" "$step" "$plain" "$*"
	exit 1
}

SECONDS=0
check_kernel_root
# what the README says, packages included
need_room 1100 "$BUILD" "the demo"
patience
printf '%s\n' "mdev-dkms: a mediated device from nothing to a VM's serial port"

step "Install what is needed"
command_line "scripts/dev/install-deps.sh build guest demo"
"$TOP/scripts/dev/install-deps.sh" build guest demo || failed "packages are missing, the reason is above"
output "all Debian packages are there"

step "Build the modules"
kver=$("$TOP/tests/kernels/debian-kernel.sh" version) || failed "no kernel to build for was found, see above"
export KVER=$kver
hold "$kver" "make demo"
command_line "make modules KVER=$kver"
with_progress "building" "$BUILD/demo-build.log" \
	make -C "$TOP" -j "$(nproc)" --no-print-directory modules KVER="$kver" || {
	tail -n 20 "$BUILD/demo-build.log"
	failed "the modules do not build; the compiler's last lines are above, all of them in $BUILD/demo-build.log"
}
tail -n 1 "$BUILD/demo-build.log" | sed 's/^/    /'

step "Get the Debian kernel that the guest runs"
root=$("$TOP/tests/kernels/debian-kernel.sh") || failed "there is no kernel to boot, the reason is above"
output "linux-image-$kver, unpacked in $root"

log=$BUILD/logs/$kver/demo.log
mkdir -p "${log%/*}"
step "Boot a guest with it"
exec 4< <(exec "$TOP/tests/guest/guest.sh" --nested --log "$log" \
	--programs tree --modules configfs --timeout 900 \
	--files "scripts/mdev-sim:/usr/bin/mdev-sim cards:/usr/share/mdev-dkms/cards" \
	"$TOP/tests/lib/demo.sh" 2>"$log.err")
guest=$!

# What comes is TAP, that of the test cases walkthrough and sim-t4-vm.
booted=$SECONDS since=$SECONDS waiting="the guest boots" end='' line=''
while :; do
	part=
	IFS= read -r -t 1 part <&4
	status=$?
	line+=${part%$'\r'}
	if [ $status -gt 128 ]; then
		# a second has passed without a whole line
		progress "$since" "$waiting"
		continue
	elif [ $status != 0 ]; then
		break
	fi
	progress_end
	since=$SECONDS
	case $line in
	'# guest: up')
		output "up after $((SECONDS - booted)) s"
		waiting="the guest works" ;;
	'# guest: ended with status '*) end=${line##* } ;;
	'not ok '*) failed "${line#not ok * - } (the guest's kernel log: $log)" ;;
	'# == '*) line=${line#\# == }; step "${line% ==}" ;;
	'# $ vm_run '*)
		: "QEMU's command line follows, and says more" ;;
	'# $ '*) command_line "${line#\# $ }" ;;
	'#   vm| $ '*)
		line=${line#\#   vm| $ }
		# the rest is for this VM's own kernel and console
		device=${line#*-device }
		command_line "${line%% *} … -device ${device%% *}"
		waiting="the VM inside the guest boots" ;;
	'#   vm| @up '*)
		output "${dim}(the VM is up after ${line##* } s of its own time)${plain}"
		waiting="the guest works" ;;
	'#   vm| @'*|'#   vm| '|'# '|'ok '*) ;;
	'#   vm| '*) output "  ${dim}VM |${plain} ${line#\#   vm| }" ;;
	*) output "${line#\# }" ;;
	esac
	line=
done
wait "$guest"
status=$?
guest=
progress_end

[ "$end" = 0 ] || {
	cat "$log.err"
	tail -n 15 "$log" 2>/dev/null | tr -d '\r'
	if [ $status = 124 ]; then
		failed "the guest was not done in time, see above; its kernel's log is $log"
	elif [ ! -s "$log" ]; then
		failed "the guest was never started (status $status), the reason is above"
	fi
	failed "the guest died (status $status); its kernel's last words are above, all of them in $log"
}

printf '\n%sIt works.%s %s\n' "$bold" "$plain" \
"A serial card with two ports and no hardware behind it
was created by writing a UUID to sysfs, given to a VM, found there as ttyS1 and
ttyS2, and what the VM sent to each port came back. Then a VM saw a device of an
NVIDIA T4 that was simulated. Nothing was loaded into this machine's own kernel.
All that took $((SECONDS / 60)) min $((SECONDS % 60)) s. The guest's kernel log: $log"
