# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM: a port that is a console of the kernel's, beside the machine's own one.
run "cat /proc/consoles"
run "echo 1 > /proc/sys/kernel/sysrq"
run "/lib/tests/vfio-client console /dev/ttyS1" && echo "console: all is right"
