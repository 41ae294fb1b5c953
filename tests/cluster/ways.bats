#!/usr/bin/env bats
# Every way to submit; stdout is Slurm's alone.

load helpers

# raised JOB: 13B on one node of four a100 was given more of them.
raised() {
	(($(held_nodes "$1") > 1))
	is "$(held_tres "$1" TresPerNode)" gpu:a100:4
}

declared_script() {
	printf '%s\n' '#!/bin/sh' '#SBATCH --ds-model=13B --ds-zero=3' \
		'#SBATCH -N1 --gpus-per-node=a100:4' true
}

@test "#SBATCH --ds-model=7B in a script" {
	printf '%s\n' '#!/bin/sh' '#SBATCH --ds-model=7B --ds-zero=3' \
		'#SBATCH --gpus-per-node=a100_80g:1' true >job.sh
	run_sbatch --hold job.sh
	submitted
	corrected
	is "$old" --gpus-per-node=a100_80g:1
	is "$(held_tres "$job" TresPerNode)" "gpu:$(value --gpus-per-node "$new")"
	matches "$(said)" '7B, ZeRO-3'
}

@test "the command line wins over #SBATCH" {
	declared_script >job.sh
	run_sbatch --hold --ds-model=350M job.sh
	submitted
	matches "$(said)" '^fits: 350M'
	is "$(held_nodes "$job")" 1
}

@test "a script on stdin" {
	declared_script >job.sh
	run --separate-stderr on sbatch --hold <job.sh
	is "$status" 0
	matches "$output" '^Submitted batch job [0-9]+$'
	raised "${output##* }"
}

@test "--wrap" {
	run_sbatch --hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 --wrap 'srun true'
	submitted
	raised "$job"
}

@test "--array" {
	run_sbatch --hold --array=0-2 "${too_big[@]}" -N1 --gpus-per-node=a100:4 --wrap true
	submitted
	is "$(said | grep -c '^corrected: ')" 1
	raised "$job"
	is "$(held "$job" ArrayTaskId)" 0-2
}

@test "--array: each task runs with its GPUs" {
	local task
	run_sbatch --array=0-1 "${too_big[@]}" --gpus-per-node=a100_80g:2 \
		-o "slurm-%A_%a.out" "$(gpu_script)"
	submitted
	corrected
	for task in 0 1; do
		wait_until 30 ended "${job}_$task"
		is "$(held "${job}_$task" JobState)" COMPLETED
		is "$(gpus_seen "${job}_$task")" "${new##*:}"
	done
}

@test "--parsable: stdout is the id and no more" {
	run_sbatch --hold --parsable "${too_big[@]}" -N1 --gpus-per-node=a100:4 --wrap true
	is "$status" 0
	matches "$output" '^[0-9]+$'
	raised "$output"
	corrected
}

@test "-Q: the correction is made, and nothing said" {
	run_sbatch_hold -Q "${too_big[@]}" -N1 --gpus-per-node=a100:4
	is "$status" 0
	is "$output$stderr" ''
	raised "$(own_jobs)"
}

@test "-Q: a refusal is said all the same" {
	run_sbatch_hold -Q "${too_big[@]}" -N1 --gpus-per-node=a100:4 -p strict
	refused
	matches "$(said)" '^refused: '
}

@test "salloc" {
	run_salloc "${too_big[@]}" -N1 --gpus-per-node=a100:4 sh -c '
		scontrol --oneliner show job "$SLURM_JOB_ID" | tr " " "\n" | grep ^NumNodes=
		srun sh -c "echo \$SLURMD_NODENAME \$SLURM_GPUS_ON_NODE" | sort'
	is "$status" 0
	corrected
	is "$(value -N "$new")" "$(held_nodes "$job")"
	matches "$output" "^NumNodes=$(value -N "$new")"$'\n''a100-[0-9] 4'$'\n''a100-[0-9] 4'
	is "$(wc -l <<<"$output")" $((1 + $(held_nodes "$job")))
}

@test "salloc, refused" {
	run_salloc "${too_big[@]}" -N1 --gpus-per-node=a100:4 -p strict true
	refused
	matches "$(said)" '^refused: '
	[[ $(alternatives) ]]
}

@test "srun" {
	run_srun "${too_big[@]}" --gpus-per-node=a100_80g:2 sh -c 'echo "$SLURM_JOB_ID $SLURM_GPUS_ON_NODE"'
	is "$status" 0
	corrected
	matches "$output" "^[0-9]+ ${new##*:}\$"
	is "$(held_tres "${output% *}" TresPerNode)" "gpu:$(value --gpus-per-node "$new")"
}

@test "srun, only a model" {
	run_srun --ds-model=13B sh -c 'echo "$SLURM_JOB_ID $SLURM_GPUS_ON_NODE"'
	is "$status" 0
	corrected
	is "$(held_tres "${output% *}" TresPerNode)" "gpu:$(value --gpus-per-node "$new")"
	is "${output#* }" "$(sed -E 's/.*--gpus-per-node=[^:]*:([0-9]+).*/\1/' <<<"$new")"
}

@test "srun, fits" {
	run_srun "${too_big[@]}" -N3 --gpus-per-node=a100:4 sh -c 'echo $SLURM_GPUS_ON_NODE'
	is "$status" 0
	is "$output" $'4\n4\n4'
	matches "$(said)" '^fits: '
}

@test "srun, refused" {
	run_srun "${too_big[@]}" --gpus-per-node=a100_80g:2 -p strict true
	refused
	matches "$(said)" '^refused: '
}

@test "--help names the options" {
	run_sbatch --help
	is "$status" 0
	local option
	for option in model config zero offload method batch seq precision optimizer checkpointing \
		attention parallel dataset goal fit explain; do
		matches "$output" "--ds-$option="
	done
}
