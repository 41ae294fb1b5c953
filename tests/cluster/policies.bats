#!/usr/bin/env bats
# The policies that README.md has to copy: each, as it stands there, over the demo's dsfit.conf, does
# what the line above it says.

load helpers

misfit=(-N1 --gpus-per-node=a100:4)

setup_file() {
	cluster_to_edit
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	without_client_plugin
}

# block N: the lines of the N-th policy.
block() {
	awk -v n="$1" '/^ *```conf$/ { if (++found == n) { take = 1; next } }
		/^ *```$/ { take = 0 } take { sub(/^ */, ""); print }' "$root/README.md"
}

# policy N [SED-SCRIPT]: the demo's dsfit.conf with the N-th policy over it, edited, is in force.
policy() {
	local script
	block "$1" | sed "${2-}" >block
	[[ -s block ]]
	# What it says takes the place of what is there: keys, and sections of the same name.
	script=$(sed -n 's/^\([a-z-]*\) = .*/\/^\1 = \/d;/p; s/^\(partition "[a-z]*"\) {$/\/^\1 {\/,\/^}\/d;/p' block)
	sed "$script" "$root/conf/dsfit.conf" | cat - block | put_in_force "$conf"
	run_on dsfit check --conf="$conf"
	is "$status" 0
}

submit_misfit() {
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}" "$@"
}

is_advised() {
	submitted
	matches "$(said)" '^does not fit: 13B'
	is "$(held_nodes "$job")" 1
}

is_refused() {
	((status != 0))
	matches "$(said)" '^refused: '
}

@test "there are ten of them" {
	is "$(grep -c '^ *```conf$' "$root/README.md")" 10
}

@test "1: advise" {
	policy 1
	submit_misfit
	is_advised
	submit_misfit -p gpu
	is_advised
}

@test "2: correct, or refuse" {
	policy 2
	submit_misfit
	submitted
	corrected
	(($(held_nodes "$job") > 1))
	run_sbatch_hold --ds-model=560B -N1 --gpus-per-node=a100:4
	is_refused
}

@test "3: memory and scratch alone" {
	policy 3
	submit_misfit
	is_refused
	run_sbatch_hold --ds-model=7B --ds-offload=cpu --mem=8G --gpus-per-node=a100:4
	submitted
	corrected
	is "$(held_tres "$job" TresPerNode)" gpu:a100:4
	[[ $(held_memory "$job" --mem) != 8G ]]
}

@test "4: refuse, and say what to type" {
	policy 4
	submit_misfit
	is_refused
	[[ $(alternatives) ]]
}

@test "5: eight GPUs or more are declared" {
	policy 5
	run_sbatch_hold -N2 --gpus-per-node=a100:4
	is_refused
	run_sbatch_hold --gpus-per-node=a100:4
	submitted
	run_sbatch_hold "${too_big[@]}" -N3 --gpus-per-node=a100:4
	submitted
}

@test "6: a word to those who do not declare" {
	policy 6
	run_sbatch_hold --gpus-per-node=a100:1
	submitted
	matches "$(said)" '^not sized: the job does not declare its model'
	run_sbatch_hold
	submitted
	is "$stderr" ''
}

@test "7: how far a correction goes" {
	policy 7
	submit_misfit
	is_refused
	run_sbatch_hold "${too_big[@]}" --gpus-per-node=a100_80g:2 -N1
	submitted
	corrected
	is "$(held_nodes "$job")" 1
}

@test "8: who may overrule" {
	# The group is this user's, for the test.
	policy 8 "s/@support/@$(id -gn)/"
	submit_misfit --ds-fit=advise
	is_advised
	policy 8
	submit_misfit --ds-fit=advise
	matches "$(said)" '--ds-fit=advise is not allowed here'
	submit_misfit --ds-fit=advise -A frontier
	is_advised
}

@test "9: who is never refused" {
	policy 9
	submit_misfit -p strict -A frontier
	is_advised
	submit_misfit -p strict
	is_refused
}

@test "10: a partition of dear GPUs" {
	policy 10
	run_sbatch_hold "${too_big[@]}" -N2 --gpus-per-node=a100:4 -p strict
	is_refused
	run_sbatch_hold "${too_big[@]}" -N2 --gpus-per-node=a100:4
	submitted
	run_sbatch_hold --ds-model=350M --gpus-per-node=v100:1 -p strict
	is_refused
	run_sbatch_hold --gpus-per-node=a100:1 -p strict
	is_refused
}
