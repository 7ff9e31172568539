# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# A VM is reset while data flows through both ports of its card; it boots
# again, and the ports work.
# guest: nested=yes timeout=1800
# long: three minutes of two processors
# QEMU ends at a reset otherwise
sed 's/ -no-reboot//' /lib/tests/vm.sh >/run/case/vm.sh
# shellcheck source=tests/lib/vm.sh
. /run/case/vm.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001

load mtty
ok "create a card" "echo $uuid > $types/mtty-2/create"

# bytes PORT: how many have come back from it
bytes() { statistic $uuid rx "port$1"; }

step "Boot a VM, and have data flow"
vm_start /lib/tests/vm/reset-in-traffic.sh $uuid
ok "it boots" vm_wait_for '^what now?' 700
vm_tell traffic
within 120 "the first port is busy" "[ \$(bytes 0) -gt 2000 ]"
within 120 "the second, too" "[ \$(bytes 1) -gt 2000 ]"

step "Reset it"
vm_tell reset
ok "data flowed until then" vm_wait_for '^still sending$' 120
within 700 "it boots again" "[ \$(grep -c '^what now?' /run/vm/log) = 2 ]"

step "Use the ports"
vm_tell check
ok "it runs to its end" vm_wait
vm=$(cat /run/vm/log)
is "it was booted twice" "$(echo "$vm" | grep -c '^@up ')" 2
contains "64 KiB come back from ttyS1" "$vm" '^ttyS1 returned all 65536 bytes'
contains "64 KiB come back from ttyS2" "$vm" '^ttyS2 returned all 65536 bytes'
ok "the card can be removed" "echo 1 > /sys/bus/mdev/devices/$uuid/remove"
