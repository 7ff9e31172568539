# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# mdev-sim: wrong input is refused with a sentence that says what to do, before
# anything is changed; what is refused later is undone. The case sim-cards uses it
# with the module; here a folder stands for configfs, and mkdir and rmdir make and
# remove a folder with its files as configfs does.
# shellcheck disable=SC2016 # what is quoted is for other shells, or for none
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"

work=$PWD
export MDEV_SIM_CONFIGFS=$work/configfs work
sim=$TOP/scripts/mdev-sim
cards=$MDEV_SIM_CONFIGFS/mdev_sim
mkdir -p "$cards" bin
cat >bin/mkdir <<'end'
#!/bin/sh
# $refuse is the file that takes nothing, as /dev/full
/bin/mkdir "$1" || exit
ids="vendor device subsystem_vendor subsystem_device class revision"
case $1 in
*/types/*)
	files="name description device_api max_instances cost $ids bar0 bar1 bar2 bar3 bar4 bar5
		intx msi msix msix_bar pm pcie rom edu migration display" ;;
*)	files="driver pci pci_domain $ids budget homogeneous memory_limit live parent instances
		fail_create fail_open fail_reset fail_migration create_delay_ms remove_delay_ms
		refuse_remove lose_interrupts error"
	/bin/mkdir "$1/types" ;;
esac
for file in $files; do
	if [ "$file" = "${refuse:-}" ]; then
		ln -s /dev/full "$1/$file"
		# said when the write fails, which is after this
		[ -z "${why:-}" ] || echo "[   12.345678] mdev_sim: $why" >>"$work/log"
	else
		: >"$1/$file"
	fi
done
[ ! -d "$1/types" ] || basename "$1" >"$1/parent"
end
cat >bin/rmdir <<'end'
#!/bin/sh
find "$1" -mindepth 1 -maxdepth 1 ! -type d -delete
[ ! -d "$1/types" ] || /bin/rmdir "$1/types" || exit
exec /bin/rmdir "$1"
end
printf '#!/bin/sh\nexec cat "$work/log"\n' >bin/dmesg
echo "[    1.000000] mdev_sim: something said long ago" >log
chmod +x bin/*
PATH=$work/bin:$PATH

# nothing_there: no card, not even a part of one
nothing_there() { is "nothing was made" "$(ls "$cards")" ""; }

# refuses REGEX DESCRIPTION COMMAND: in one line that matches
refuses() {
	local want=$1 title=$2
	shift 2

	fails "$title" "$@"
	contains "it says why" "$err" "^mdev-sim: .*$want"
	nothing_there
}

# card LINE…: the card file ./card.conf has these lines
card() { printf '%s\n' "$@" >card.conf; }

step "The command line"
refuses "a command is missing" "no command" "$sim"
refuses 'no command "frobnicate"' "an unknown one" "$sim" frobnicate
refuses '"mdev-sim help" shows' "which points to the help" "$sim" frobnicate
refuses "needs a card file, .*nvidia-t4" "add alone" "$sim" add
refuses "unexpected argument \"more\"" "too many words" "$sim" add nvidia-t4 first more
for command in show plug unplug remove; do
	refuses "\"$command\" needs the name of one card" "$command alone" "$sim" $command
	refuses "there is no card gpu0; \"mdev-sim list\"" "$command with a card that is not there" "$sim" $command gpu0
	refuses "can't be a card's name" "$command with a path" "$sim" $command ../mdev_sim
done
refuses "takes no argument" "list with a word" "$sim" list all
ok "help" "$sim" help
contains "shows the commands" "$out" '^ +mdev-sim unplug CARD'
contains "and the ready-made cards" "$out" '(^| )nvidia-t4( |$)'
gives "mdev-sim $("$TOP/scripts/build/version.sh")" "version is the package's" "$sim version | head -n 1"

step "Names of cards"
for name in .hidden a/b 'a b' 'a;b' "a'b" ä "$(printf '%041d' 0)"; do
	refuses "can't be a card's name" "not \"$name\"" "$sim" add nvidia-t4 "$name"
done
ok "40 characters of all kinds" "$sim" add nvidia-t4 "0000:65:00.0_a-b+$(printf '%023d' 0)"
ok "which is removed" "$sim" remove "0000:65:00.0_a-b+$(printf '%023d' 0)"
nothing_there

step "Card files that are none"
refuses "no card file for \"tesla\".*intel-gvtg.*nvidia-t4.*path" "an unknown name" "$sim" add tesla
refuses "no file ./tesla.conf" "an unknown path" "$sim" add ./tesla.conf
refuses "is not a file" "a folder" "$sim" add ./bin
printf 'driver = a\0b\n' >card.conf
refuses "is not a text file" "one with a NUL" "$sim" add ./card.conf
head -c 65537 /dev/zero | tr '\0' '#' >card.conf
refuses "has 65537 bytes; .* 65536 at most" "one that is too large" "$sim" add ./card.conf

step "Lines that are wrong"
card "driver = nvidia" "" "# more" "type 222"
refuses "\./card\.conf:4: \"type 222\" is not a line like" "no sign of equality" "$sim" add ./card.conf
for name in ../driver /driver types types/222 types/222/ types//name types/../../driver \
	types/.a/name types/222/a/b 'types/a b/name' 'Driver' 'dri ver' "types/$(printf '%065d' 0)/name"; do
	card "$name = 1"
	refuses "\./card\.conf:1: \".*\" (is no setting|can't be a type's name)" "a setting that can't be: $name" "$sim" add ./card.conf
done
card "" "live = 1"
refuses "\./card\.conf:2: live is not for card files: \"mdev-sim add\" plugs" "live" "$sim" add ./card.conf
card "parent = 1"
refuses "\./card\.conf:1: parent can't be set" "parent" "$sim" add ./card.conf
card "driver = $(printf '%04001d' 0)"
refuses "\./card\.conf:1: the value has 4001 bytes; 4000" "a long value" "$sim" add ./card.conf
card "types/a/rom = rom.bin"
: >rom.bin
refuses "\./card\.conf:1: the file \./rom\.bin for the ROM is empty" "an empty one" "$sim" add ./card.conf
rm rom.bin
refuses "\./card\.conf:1: there is no file \./rom\.bin" "a ROM that is not there" "$sim" add ./card.conf
refuses "the argument \"a/b=1\": \"a/b\" is no setting" "an argument" "$sim" add edu a/b=1

step "What the kernel refuses"
card "driver = nvidia" "types/222/name = T4" "types/223/bar0 = 3M mem32"
export refuse=bar0
refuses "\./card\.conf:3: types/223/bar0 = 3M mem32 is refused: No space left" "the last line" "$sim" add ./card.conf
is "nothing old is shown of the kernel's log" "$(echo "$err" | grep 'kernel says')" ""
why="card: 3M is not a power of two"
export why
refuses "the kernel says: mdev_sim: card: 3M is not a power of two\$" "with a reason in the log" "$sim" add ./card.conf
refuse=live
refuses "can't be plugged in: No space left" "plugging it in" "$sim" add ./card.conf
unset refuse why
card "driver = nvidia" "types/222/name = T4" "types/222/colour = red"
refuses "\./card\.conf:3: there is no setting \"types/222/colour\"" "a setting that nobody knows" "$sim" add ./card.conf
refuses "the argument \"colour=red\": there is no setting \"colour\"" "nor on the command line" \
	"$sim" add edu colour=red

step "What is written"
# a word of a card file is nothing to the shell
card "driver = \$(touch $work/run)" "  types/a/name  =  \`touch $work/run\`; touch $work/run  " \
	'types/a/description = num_heads: 4\nframebuffer = 1024M\n%s $HOME "quoted" \c' "fail_create=EIO 3" \
	"# vendor = 1" "types/b:c.d/rom = rom.bin"
printf 'a\0b' >rom.bin
ok "a card is made" "$sim" add ./card.conf
contains "it says where its parent is" "$out" "^The card card is plugged in\. Its parent device: /sys/class/mdev_bus/"
contains "and how a device is made" "$out" "^    cat /proc/sys/kernel/random/uuid > /sys/class/mdev_bus/.*/create\$"
gives "\$(touch $work/run)" "values are taken as they are" cat "$cards/card/driver"
gives "\`touch $work/run\`; touch $work/run" "without the blanks around them" cat "$cards/card/types/a/name"
gives "$(printf 'num_heads: 4\nframebuffer = 1024M\n%s' "%s \$HOME \"quoted\" \\c")" "\\n is a line break" \
	cat "$cards/card/types/a/description"
ok "a ROM is a file's bytes" cmp rom.bin "$cards/card/types/b:c.d/rom"
gives 1 "it is plugged in" cat "$cards/card/live"
gives "" "what is a comment is not written" cat "$cards/card/vendor"
fails "nothing was run" ls run

step "Show"
ok "the card is shown" "$sim" show card
contains "with its state as a comment" "$out" '^# live = 1$'
contains "and the rest as lines" "$out" '^types/a/description = num_heads: 4\\nframebuffer = 1024M\\n%s \$HOME "quoted" \\c$'
contains "and a ROM's size" "$out" '^# types/b:c\.d/rom = a file of 3 bytes$'
"$sim" show card >shown.conf
ok "what it shows is a card file" "$sim" add ./shown.conf
is "of the same card" "$("$sim" show shown | grep -vE '^#|^$')" "$(grep -vE '^#|^$' shown.conf)"
ok "list shows both" "$sim" list
is "in a line each" "$(echo "$out" | grep -cE '^(card|shown) +plugged ')" 2

step "Plug, unplug, remove"
ok "it is unplugged" "$sim" unplug card
gives 0 "which is a 0 to the kernel" cat "$cards/card/live"
ok "and again" "$sim" unplug card
ok "it is plugged in" "$sim" plug card
gives 1 "which is a 1" cat "$cards/card/live"
: >"$cards/card/parent"	# as while it is being pulled out
fails "not while it is being pulled out" "$sim" plug card
contains "which it says" "$err" 'the card card is being pulled out already'
ok "list shows it" "$sim" list
contains "as one that is leaving" "$out" '^card +leaving +- '
echo card >"$cards/card/parent"
fails "it can't be made again" "$sim" add ./card.conf
contains "which it says" "$err" 'there is a card card already: "mdev-sim remove card"'
gives 1 "and it is as it was" cat "$cards/card/live"
ok "one with another name can be" "$sim" add ./card.conf other fail_create=EPERM types/a/name=Second
gives EPERM "what the command line says counts" cat "$cards/other/fail_create"
gives Second "for types, too" cat "$cards/other/types/a/name"
ok "they are removed" "$sim remove card && $sim remove shown && $sim remove other"
nothing_there

step "The ready-made cards"
for path in "$TOP"/cards/*.conf; do
	name=$(basename "$path" .conf)
	ok "$name has nothing but settings that there are" "$sim" add "$name"
	ok "and is removed" "$sim" remove "$name"
done
nothing_there
