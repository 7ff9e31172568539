# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM: the kernel's console is a port that was named by its address. The
# machine's own port is none then: see console.sh.
exec >/dev/ttyS0 2>&1
run "cat /proc/consoles"
run "grep '^ttyS3 ' /proc/consoles" && echo "address: all is right"
echo "@end $?"
poweroff -f
