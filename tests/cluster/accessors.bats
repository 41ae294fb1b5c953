#!/usr/bin/env bats
# A Slurm whose option accessors are not to be found, simulated: advice only, and that is said.

load helpers

# What is advised is the submit host's matter: no controller corrects it here.
setup_file() {
	other_cluster spank
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slurm_env=(LD_PRELOAD="$BATS_RUN_TMPDIR/no_accessors.so")
}

advice_only() {
	is "$(said | grep -c '^advice only: this Slurm does not let a plugin read the request$')" 1
	is "$(said | grep -c '^corrected: \|^refused: ')" 0
}

@test "sbatch: the job goes through unchanged, with advice" {
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4
	advice_only
	matches "$(said)" '13B, ZeRO-3, .*: these requests fit:'
	as_asked -N1 --gpus-per-node=a100:4
}

@test "what is advised fits" {
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4
	local request
	request=$(said | sed -n 's/^  fits: \(.*\) (.*)$/\1/p' | head -n 1)
	[[ $request ]]
	slurm_env=()
	eval "set -- $request"
	run_sbatch_hold "${too_big[@]}" "$@"
	matches "$(said)" '^fits: '
}

@test "strict: it cannot tell, so it does not refuse" {
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 -p strict
	advice_only
	as_asked -N1 --gpus-per-node=a100:4 -p strict
}

@test "salloc" {
	run_salloc "${too_big[@]}" -N1 --gpus-per-node=a100:4 printenv SLURM_NNODES
	is "$status" 0
	is "$output" 1
	advice_only
}

@test "srun" {
	run_srun "${too_big[@]}" -N1 --gpus-per-node=a100:4 printenv SLURM_GPUS_ON_NODE
	is "$status" 0
	is "$output" 4
	advice_only
}

@test "srun within an allocation: a step all the same" {
	run_salloc "${too_big[@]}" -N1 --gpus-per-node=a100:4 srun true
	is "$status" 0
	advice_only
}

@test "a wrong value: said, but nobody knows the partition, and with it whether to refuse" {
	run_sbatch_hold --ds-model=13X -N1 --gpus-per-node=a100:4
	submitted
	is "$(said | wc -l)" 1
	matches "$(said)" '^not sized: --ds-model=13X: must be '
}

@test "no option of dsfit: nothing is said" {
	run_sbatch_hold -N1 --gpus-per-node=a100:4
	submitted
	is "$stderr" ''
}
