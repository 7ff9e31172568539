# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM: a port that is the kernel's console. Linux has one console on all the
# ports of its 8250 driver, so that the machine's own port is none then, and what is
# to be read outside has to be written there.
exec >/dev/ttyS0 2>&1
run "cat /proc/consoles"
run "echo 1 > /proc/sys/kernel/sysrq"
run "/lib/tests/vfio-client console /dev/ttyS1" && echo "console: all is right"
echo "@end $?"
poweroff -f
