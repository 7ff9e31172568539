# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a guest's kernel says when something is wrong. Sourced.

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
