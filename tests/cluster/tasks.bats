#!/usr/bin/env bats
# More nodes are needed, and a number of tasks was typed: raised where Slurm can, else refused
# with the request to type. The job's srun starts as many tasks as it says.

load helpers

# The nodes that 13B needs of four a100 each.
setup_file() {
	slurm_env=()
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=1 --gpus-per-node=4 --json
	need=$(jq '.alternatives[0].nodes' <<<"$output")
	((need > 1 && need <= 4))
	export need
}

# runs_with NODES TASKS: job runs on so many nodes, and its srun starts so many tasks.
runs_with() {
	submitted
	corrected
	is "$(held_nodes "$job")" "$1"
	completes "$job"
	is "$(held_nodes "$job")" "$1"
	is "$(held "$job" NumTasks)" "$2"
	is "$(gpus_seen "$job")" $((4 * $1))
	is "$(tasks_seen "$job")" "$2"
}

# to_type REQUEST: refused, REQUEST is what to type instead, and it is accepted as it is.
to_type() {
	refused
	matches "$(said)" '^refused: '
	is "$(alternatives | head -n 1)" "$1"
	run_sbatch "${too_big[@]}" $1 "$(gpu_script)"
	submitted
	matches "$(said)" '^fits: '
	completes "$job"
}

@test "no task option, -N: raised" {
	run_sbatch "${too_big[@]}" -N1 --gpus-per-node=a100:4 "$(gpu_script)"
	runs_with "$need" "$need"
	matches "$(cat "slurm-$job.out")" 'tasks unset'
}

@test "no task option, no -N: raised" {
	run_sbatch "${too_big[@]}" --gpus-per-node=a100:4 "$(gpu_script)"
	runs_with "$need" "$need"
}

@test "-n as large as the new node count: raised" {
	run_sbatch "${too_big[@]}" -N1 -n "$need" --gpus-per-node=a100:4 "$(gpu_script)"
	runs_with "$need" "$need"
	matches "$(cat "slurm-$job.out")" "tasks $need"
}

@test "-n larger than the new node count: raised" {
	run_sbatch "${too_big[@]}" -n8 --gpus-per-node=a100:4 "$(gpu_script)"
	runs_with "$need" 8
	matches "$(cat "slurm-$job.out")" 'tasks 8'
}

@test "-n smaller: raised where the job's tasks follow, else refused, with the request to type" {
	run_sbatch_hold "${too_big[@]}" -N1 -n1 --gpus-per-node=a100:4
	if (($(release) < 2311)); then
		matches "$(said)" 'more nodes are needed, but you set the number of tasks'
		to_type "-N $need -n $need --gpus-per-node=a100:4"
		is "$(tasks_seen "$job")" "$need"
	else
		submitted
		corrected
		is "$new" "-N $need -n $need --gpus-per-node=a100:4"
		is "$(held "$job" NumTasks)" "$need"
	fi
}

@test "-n smaller in #SBATCH: the same" {
	printf '%s\n' '#!/bin/sh' '#SBATCH -n1 --gpus-per-node=a100:4' true >job.sh
	run_sbatch --hold "${too_big[@]}" job.sh
	if (($(release) < 2311)); then
		refused
	else
		submitted
		is "$(held_nodes "$job")" "$need"
	fi
}

@test "--ntasks-per-node: refused where SLURM_NTASKS would be stale, else raised" {
	if (($(release) < 2311)); then
		run_sbatch_hold "${too_big[@]}" -N1 --ntasks-per-node=4 --gpus-per-node=a100:4
		to_type "-N $need --ntasks-per-node=4 --gpus-per-node=a100:4"
		is "$(tasks_seen "$job")" $((4 * need))
		is "$(held_nodes "$job")" "$need"
	else
		run_sbatch "${too_big[@]}" -N1 --ntasks-per-node=4 --gpus-per-node=a100:4 \
			"$(gpu_script)"
		runs_with "$need" $((4 * need))
	fi
}

# At both gates, and at slurmctld's alone.
fits_on_the_nodes_of_the_tasks() {
	local tasks
	for tasks in "-n $need --ntasks-per-node=1" "-n $need -c 64" "-n $need -c 40"; do
		run_sbatch "${too_big[@]}" -p strict $tasks --gpus-per-node=a100:4 "$(gpu_script)"
		submitted
		matches "$(said)" '^fits: '
		completes "$job"
		is "$(held_nodes "$job")" "$need"
		is "$(gpus_seen "$job")" $((4 * need))
	done
}
@test "tasks that take more nodes than one: it fits on those as it is asked" {
	fits_on_the_nodes_of_the_tasks
	without_client_plugin
	fits_on_the_nodes_of_the_tasks
}

writes_no_nodes() {
	local tasks
	for tasks in --ntasks-per-node=1 "-c 64"; do
		run_sbatch "${too_big[@]}" -n 4 $tasks --gpus-per-node=a100:1 "$(gpu_script)"
		runs_with 4 4
		is "$new" "${old/a100:1/a100:4}"
	done
}
@test "tasks that take more nodes than one: no node count is written that cannot hold them" {
	writes_no_nodes
	without_client_plugin
	writes_no_nodes
}

@test "-n or --ntasks-per-node, and no more nodes are needed: corrected" {
	local option
	for option in -n1 --ntasks-per-node=1 -n3; do
		run_sbatch "${too_big[@]}" "$option" --gpus-per-node=a100_80g:2 "$(gpu_script)"
		submitted
		corrected
		completes "$job"
		is "$(tasks_seen "$job")" "${option##*[!0-9]}"
		is "$(gpus_seen "$job")" "${new##*:}"
	done
}

@test "-n --gpus-per-task: raised where the job's tasks follow, else refused, with the request to type" {
	if (($(release) >= 2311)); then
		run_sbatch "${too_big[@]}" -n1 --gpus-per-task=a100:4 "$(gpu_script)"
		runs_with "$need" "$need"
		return
	fi
	run_sbatch_hold "${too_big[@]}" -n1 --gpus-per-task=a100:4
	to_type "-n $need --gpus-per-task=a100:4"
	is "$(tasks_seen "$job")" "$need"
	is "$(gpus_seen "$job")" $((4 * need))
}

@test "salloc, no task option: raised" {
	run_salloc "${too_big[@]}" -N1 --gpus-per-node=a100:4 srun sh -c 'echo task'
	is "$status" 0
	is "$(grep -c task <<<"$output")" "$need"
}

@test "salloc, -n smaller: refused" {
	run_salloc "${too_big[@]}" -n1 --gpus-per-node=a100:4 true
	refused
}
