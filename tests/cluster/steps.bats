#!/usr/bin/env bats
# Within a sized job: its steps, and what is submitted from it.

load helpers

# in_job LINE...: runs the lines as the script of a job of 13B on four a100_80g, waits for it,
# and leaves what they said, stdout and stderr, in the file out.
in_job() {
	printf '%s\n' '#!/bin/bash' "$@" >job.sh
	run_sbatch -o out "${too_big[@]}" --ds-batch=2 --gpus-per-node=a100_80g:4 -N1 job.sh
	submitted
	wait_until 30 ended "$job"
	cat out
	is "$(held "$job" JobState)" COMPLETED
}

# Sets nested, the jobs that were submitted from within, in order.
nested() {
	mapfile -t nested < <(own_jobs -t all | grep -vx "$job")
}

# What dsfit said within.
said_within() {
	sed -En 's/^(sbatch|salloc|srun): (error: )?dsfit: //p' out
}

@test "srun in a job: a step, not sized" {
	in_job 'srun sh -c "echo gpus \$SLURM_GPUS_ON_NODE"' \
		'srun --gpus-per-node=a100_80g:1 -n1 sh -c "echo step \$CUDA_VISIBLE_DEVICES"'
	is "$(said_within)" ''
	matches "$(cat out)" 'gpus 4'
	matches "$(cat out)" 'step [0-9]($|[^,])'
	nested
	is "${#nested[@]}" 0
}

@test "srun in a job with a declaration of its own: a step all the same" {
	in_job 'srun --ds-model=560B --ds-zero=0 -n1 sh -c "echo gpus \$SLURM_GPUS_ON_NODE"' \
		'srun --ds-model=13X -n1 echo done'
	is "$(said_within)" ''
	matches "$(cat out)" 'gpus 4'
	matches "$(cat out)" 'done'
}

@test "srun in an allocation of salloc: a step" {
	run_salloc "${too_big[@]}" -N3 --gpus-per-node=a100:4 \
		srun -N1 -n1 --gpus-per-node=a100:1 sh -c 'echo "$CUDA_VISIBLE_DEVICES"'
	is "$status" 0
	matches "$output" '^[0-9]$'
	is "$(said | grep -c "^fits: ")" 1
}

@test "srun --jobid from outside: a step" {
	run_sbatch "${too_big[@]}" -N3 --gpus-per-node=a100:4 --wrap 'sleep 60'
	submitted
	running() { [[ $(held "$job" JobState) == RUNNING ]]; }
	wait_until 30 running
	run_srun --jobid="$job" --overlap --ds-model=560B -N1 -n1 echo step
	is "$output" step
	is "$(said)" ''
}

@test "nested sbatch, a script of another model: the script's own declaration counts" {
	printf '%s\n' '#!/bin/sh' '#SBATCH --ds-model=350M -N1 --gpus-per-node=rtx4090:1' >inner.sh
	in_job 'sbatch --hold inner.sh'
	nested
	is "${#nested[@]}" 1
	matches "$(said_within)" '^fits: 350M, ZeRO-2, batch 1 x '
	lacks "$(said_within)" inherited
	is "$(held_tres "${nested[0]}" TresPerNode)" gpu:rtx4090:1
}

@test "nested sbatch, a script of a larger model: corrected by its own" {
	printf '%s\n' '#!/bin/sh' '#SBATCH --ds-model=13B -N1 --gpus-per-node=a100:4' >inner.sh
	printf '%s\n' '#!/bin/sh' 'sbatch --hold inner.sh' >job.sh
	run_sbatch -o out --ds-model=350M --ds-zero=0 --gpus-per-node=rtx4090:1 job.sh
	submitted
	completes "$job"
	cat out
	matches "$(said_within)" '^corrected: .*13B, ZeRO-3'
	nested
	is "${#nested[@]}" 1
	(($(held_nodes "${nested[0]}") > 1))
}

@test "nested sbatch, another model on the command line" {
	in_job 'sbatch --hold --ds-model=350M --gpus=rtx4090:1 --wrap true'
	matches "$(said_within)" '^fits: 350M, ZeRO-2, batch 1 x '
}

@test "nested sbatch, the same model again" {
	in_job 'sbatch --hold --ds-model=13B -N1 --gpus-per-node=a100:4 --wrap true'
	matches "$(said_within)" '^corrected: '
	nested
	(($(held_nodes "${nested[0]}") > 1))
}

@test "nested sbatch with --ds-model=none: switched off" {
	in_job 'sbatch --hold --ds-model=none -N1 --gpus-per-node=a100:4 --wrap true' \
		'sbatch --hold --ds-model=none --wrap true'
	is "$(said_within)" ''
	nested
	is "${#nested[@]}" 2
	is "$(held_nodes "${nested[0]}")" 1
	is "$(held_tres "${nested[0]}" TresPerNode)" gpu:a100:4
	is "$(held_tres "${nested[1]}" TresPerNode)" ''
}

@test "nested sbatch, #SBATCH --ds-model=none: switched off" {
	printf '%s\n' '#!/bin/sh' '#SBATCH --ds-model=none -N1 --gpus-per-node=a100:4' >inner.sh
	in_job 'sbatch --hold inner.sh'
	is "$(said_within)" ''
	nested
	is "$(held_nodes "${nested[0]}")" 1
}

@test "nested sbatch, nothing declared, no GPUs: untouched" {
	in_job 'sbatch --hold --wrap true' 'sbatch --hold -N1 -c2 --mem=1G --wrap true'
	is "$(said_within)" ''
	nested
	is "${#nested[@]}" 2
	local id
	for id in "${nested[@]}"; do
		is "$(held_tres "$id" TresPerNode)$(held_tres "$id" TresPerJob)" ''
		is "$(held_nodes "$id")" 1
	done
}

@test "nested sbatch, nothing declared, GPUs: what was inherited sizes them" {
	in_job 'sbatch --hold -N1 --gpus-per-node=a100:4 --wrap true'
	matches "$(said_within)" '^corrected: .*13B, ZeRO-3, batch 2 x '
	matches "$(said_within)" "  inherited from job $job: add --ds-model=MODEL if this job trains another model"
	nested
	(($(held_nodes "${nested[0]}") > 1))
}

@test "a job with --ds-model=none is not sized" {
	run_sbatch_hold --ds-model=none -N1 --gpus-per-node=a100:4
	as_asked -N1 --gpus-per-node=a100:4
	run_sbatch_hold --ds-model=none --ds-zero=7 -N1 --gpus-per-node=a100:4
	submitted
}
