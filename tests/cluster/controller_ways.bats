#!/usr/bin/env bats
# Every way to submit, through clients without our plugin: het jobs, arrays, --test-only, salloc,
# srun, scrontab.

load helpers

raised() {
	(($(held_nodes "$1") > 1))
	is "$(held_tres "$1" TresPerNode)" gpu:a100:4
}

misfit=(-N1 --gpus-per-node=a100:4)

@test "a het job: each component by itself" {
	run_sbatch --hold "${too_big[@]}" "${misfit[@]}" : -N1 --gpus-per-node=h200:8 --wrap true
	submitted
	raised "$job+0"
	is "$(held_nodes "$job+1")" 1
	matches "$stderr" 'dsfit: corrected: -N 1 --gpus-per-node=a100:4 -> -N [2-4] '
	matches "$stderr" 'dsfit: fits: 13B'
	run_sbatch --hold "${too_big[@]}" -N1 --gpus-per-node=h200:8 : "${misfit[@]}" --wrap true
	submitted
	is "$(held_nodes "$job+0")" 1
	raised "$job+1"
}

@test "a het job: a component that cannot be, no job at all" {
	run_sbatch --hold --ds-model=560B -N1 --gpus-per-node=h100:4 : -N1 --gpus=h100:1 --wrap true
	((status != 0))
	matches "$stderr" 'refused: 560B'
	is "$(own_jobs -t all)" ''
}

@test "a het job runs, each component with its GPUs" {
	printf '%s\n' '#!/bin/sh' 'srun --het-group=0,1 sh -c "echo task \$SLURMD_NODENAME \$SLURM_GPUS_ON_NODE"' >job.sh
	run_sbatch -o out "${too_big[@]}" --gpus-per-node=a100_80g:2 : --gpus-per-node=h200:8 job.sh
	submitted
	completes "$job"
	is "$(sort -u out)" $'task a100x-0 4\ntask h200-0 8'
}

@test "an array: once, for all of it" {
	run_sbatch --array=0-1 "${too_big[@]}" --gpus-per-node=a100_80g:2 -o "slurm-%A_%a.out" \
		"$(gpu_script)"
	submitted
	corrected
	local task
	for task in 0 1; do
		wait_until 30 ended "${job}_$task"
		is "$(held "${job}_$task" JobState)" COMPLETED
		is "$(gpus_seen "${job}_$task")" "${new##*:}"
	done
}

@test "--test-only" {
	run_sbatch_hold --test-only "${too_big[@]}" "${misfit[@]}"
	is "$status" 0
	matches "$stderr" 'dsfit: corrected: '
	is "$(own_jobs -t all)" ''
	run_sbatch_hold --test-only "${too_big[@]}" "${misfit[@]}" -p strict
	((status != 0))
	matches "$stderr" 'dsfit: refused: '
}

@test "salloc: sized and corrected" {
	run_salloc "${too_big[@]}" "${misfit[@]}" sh -c 'echo $SLURM_NNODES; srun hostname | wc -l'
	is "$status" 0
	corrected
	is "$output" "$(value -N "$new")"$'\n'"$(value -N "$new")"
	run_salloc "${too_big[@]}" "${misfit[@]}" -p strict true
	((status != 0))
	matches "$(said)" '^refused: '
}

@test "srun: sized and corrected" {
	run_srun "${too_big[@]}" "${misfit[@]}" sh -c 'echo $SLURMD_NODENAME $SLURM_GPUS_ON_NODE'
	is "$status" 0
	corrected
	is "$(sort -u <<<"$output" | wc -l)" "$(value -N "$new")"
	lacks "$output" ' [^4]'
	run_srun --ds-model=13B sh -c 'echo $SLURM_GPUS_ON_NODE'
	is "$status" 0
	corrected
	is "$(sort -u <<<"$output")" "$(sed -E 's/.*--gpus-per-node=[^:]*:([0-9]+).*/\1/' <<<"$new")"
}

@test "srun in a job: a step" {
	run_salloc "${too_big[@]}" -N2 --gpus-per-node=a100:4 srun -N1 -n1 --gpus-per-node=a100:1 \
		sh -c 'echo "$CUDA_VISIBLE_DEVICES"'
	is "$status" 0
	matches "$output" '^[0-9]$'
	is "$(said | grep -c 13B)" 1
}

@test "scrontab: sized by the controller, from its comment; undeclared it is as any other" {
	on sh -c 'command -v scrontab' || skip "this Slurm has no scrontab"
	printf '%s\n' '#SCRON --comment=--ds-model=13B,--ds-zero=3 -N1 --gpus-per-node=a100:4' \
		'0 4 1 1 * true' >crontab
	run_on scrontab crontab
	is "$status" 0
	local id
	id=$(on squeue --noheader --format '%A %k' | awk '$2 ~ /^--ds-model/ { print $1 }')
	raised "$id"
	is "$(held "$id" Comment)" --ds-model=13B,--ds-zero=3
	matches "$(comment "$id")" '^dsfit: 13B, .*; changed: '
	printf '%s\n' '#SCRON -p strict --gpus=1' '0 4 1 1 * true' >crontab
	run_on scrontab crontab
	((status != 0))
	matches "$output$stderr" '[Aa]ccess/permission denied'
	on scrontab -r
}
