#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# system-topic.sh build/system/SUITE/topics/N-NAME.sh: print the TAP of one
# topic of the Nth boot; prove --exec calls it for one topic after the other.
# The first one of a boot boots the system, the last one waits for its end and
# looks at its log.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"
# shellcheck source=tests/run/judge.sh
. "$TOP/tests/run/judge.sh"

file=${1:-}
[ -r "$file" ] || die "usage: system-topic.sh build/system/SUITE/topics/N-NAME.sh"
dir=$(realpath "$(dirname "$file")/..")
name=$(basename "$file" .sh)
boot=${name%%-*}
name=${name#*-}
log=$dir/boot-$boot.log		# the console's
output=$dir/boot-$boot.out	# the tests'
open_tap "$dir/$boot-$name.tap"

# from_disk FILE: a file in the system's disk, which nobody has mounted
from_disk() { debugfs -R "cat $1" "$dir/disk" 2>/dev/null; }
link_on_disk() {
	debugfs -R "stat $1" "$dir/disk" 2>/dev/null |
		sed -n 's/^Fast link dest: "\(.*\)"/\1/p'
}

# boot: the kernel is the one that a boot loader would take, the one that the
# system's own links name
boot() {
	local kernel initrd accel

	kernel=$(link_on_disk /vmlinuz)
	initrd=$(link_on_disk /initrd.img)
	from_disk "/$kernel" >"$dir/kernel" && from_disk "/$initrd" >"$dir/initrd"
	if [ ! -s "$dir/kernel" ] || [ ! -s "$dir/initrd" ]; then
		tell "Bail out! The system's disk has no /vmlinuz or /initrd.img"
		exit 1
	fi
	tell "# boot $boot, of $kernel"
	accel=${MDEV_ACCEL:-$(accelerator)}
	: >"$output"
	DISK=$dir/disk setsid timeout -k 5 5400 \
		qemu-system-x86_64 -M q35 -accel "$accel" -cpu "$(cpu_of "$HOST_ARCH" "$accel")" -smp 2 -m 3G \
		-nodefaults -no-user-config -no-reboot -display none \
		-drive "file=$dir/disk,if=virtio,format=raw,cache=unsafe" \
		-drive "file=$dir/tests.tar,if=virtio,format=raw,read-only=on" \
		-device virtio-rng-pci \
		-serial "file:$log" -serial "file:$output" \
		-kernel "$dir/kernel" -initrd "$dir/initrd" \
		-append "root=/dev/vda rw console=ttyS0 panic=-1 check.boot=$boot random.trust_cpu=on no_timer_check rcupdate.rcu_cpu_stall_timeout=120 watchdog_thresh=60 mitigations=off" \
		</dev/null >"$dir/qemu.log" 2>&1 3>&- &
	echo $! >"$dir/qemu.pid"
}

first_of_boot() { [ "$(awk -v boot="$boot" '$1 == boot { print $2; exit }' "$TOP/tests/system/plan")" = "$name" ]; }
last_of_boot() { [ "$(awk -v boot="$boot" '$1 == boot { name = $2 } END { print name }' "$TOP/tests/system/plan")" = "$name" ]; }

if first_of_boot; then
	boot
fi
qemu=$(cat "$dir/qemu.pid")

# all that the topic says, as it comes; tail ends with QEMU
mine='' end=''
while IFS= read -r line; do
	line=${line%$'\r'}
	case $line in
	"@topic $name") mine=yes; continue ;;
	"@end $name "*) end=${line##* }; break ;;
	esac
	[ -n "$mine" ] || continue
	pass_on "$line"
done < <(tail -n +1 -s 0.5 --pid="$qemu" -f "$output")

[ "$end" = 0 ]
if ! judge $? "the topic ran to its end"; then
	tell "#   status: ${end:-none}; the last command was: ${last:-none}"
	tell "#   the end of the console's log ($log):"
	tail -n 30 "$log" "$dir/qemu.log" | tell_lines
fi

if last_of_boot; then
	tail -s 0.5 --pid="$qemu" -f /dev/null
	rm -f "$dir/qemu.pid"
	! grep -q . "$dir/qemu.log" && grep -q 'reboot: Power down' "$log"
	judge $? "the system shuts down" || tell "#   see $log, $dir/qemu.log"
	judge_log "$log" "the kernel's log holds no warning or oops"
fi
tell "1..$tests"
