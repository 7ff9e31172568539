# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# In the VM: many bytes through a port by hardware flow control, to a slow reader. ttyS1
# is on a card whose plug has flow control of its own, ttyS3 on one with a wire, where
# nothing but RTS stops the writer.
for run in flow:ttyS1:65536 wire:ttyS3:1048576; do
	bytes=${run##*:} port=${run#*:}
	run "/lib/tests/vfio-client crtscts $bytes /dev/${port%:*}" && echo "${run%%:*}: all is right"
done
run "dmesg | grep -iE 'too much work|input overrun|nobody cared'" || echo "no complaint"
