#!/usr/bin/env bats
# More nodes where only slurmctld can give them, and not where nobody can: row by row of what was
# tried on three releases, once through a client without our plugin and once through one with it,
# with a ping of the slurmctld that it began with after each.

load helpers

# The nodes that 13B needs of four a100 each.
setup_file() {
	slurm_env=()
	cp "$DSFIT_CLUSTER_DIR/run/slurmctld.pid" "$BATS_FILE_TMPDIR/pid"
	run_on dsfit size --model=13B --zero=3 --gpu=a100 --nodes=1 --gpus-per-node=4 --json
	need=$(jq '.alternatives[0].nodes' <<<"$output")
	((need > 1 && need <= 4))
	export need
}

alive() {
	is "$(cat "$DSFIT_CLUSTER_DIR/run/slurmctld.pid")" "$(cat "$BATS_FILE_TMPDIR/pid")"
	matches "$(cluster run scontrol ping)" 'is UP'
}

# both_ways CMD [ARG]...: without our plugin on the submit host, then with it.
both_ways() {
	without_client_plugin
	"$@"
	alive
	slurm_env=() passing=
	"$@"
	alive
}

# batch TASKS ARG...: raised, and the script's srun starts so many tasks on four GPUs a node.
batch() {
	local tasks=$1
	shift
	run_sbatch "${too_big[@]}" "$@" --gpus-per-node=a100:4 "$(gpu_script)"
	submitted
	corrected
	is "$(held_nodes "$job")" "$need"
	completes "$job"
	is "$(tasks_seen "$job")" "$tasks"
	is "$(gpus_seen "$job")" $((4 * need))
}

# step TASKS CMD ARG...: raised, and so many tasks run on four GPUs a node.
step() {
	local tasks=$1
	shift
	if [[ $1 == salloc ]]; then
		run_salloc "${too_big[@]}" "${@:2}" --gpus-per-node=a100:4 \
			srun sh -c 'echo "$SLURMD_NODENAME $SLURM_GPUS_ON_NODE"'
	else
		run_srun "${too_big[@]}" "${@:2}" --gpus-per-node=a100:4 \
			sh -c 'echo "$SLURMD_NODENAME $SLURM_GPUS_ON_NODE"'
	fi
	is "$status" 0
	corrected
	is "$(wc -l <<<"$output")" "$tasks"
	is "$(sort -u <<<"$output" | wc -l)" "$need"
	lacks "$output" ' [^4]'
}

# turned_away CMD REQUEST ARG...: refused, and REQUEST is what to type instead.
turned_away() {
	local cmd=$1 request=$2
	shift 2
	if [[ $cmd == sbatch ]]; then
		run_on sbatch "${too_big[@]}" "$@" --gpus-per-node=a100:4 --wrap true
	else
		run_on "$cmd" "${too_big[@]}" "$@" --gpus-per-node=a100:4 true
	fi
	((status != 0))
	is "$(own_jobs -t PD,R)" ''
	is "$(said | grep -c '^refused: ')" 1
	matches "$(said)" 'not corrected: more nodes are needed'
	is "$(alternatives | head -n 1)" "$request"
}

@test "no task option, sbatch: raised" {
	both_ways batch "$need" -N1
	both_ways batch "$need"
}

@test "no task option, a range of nodes, sbatch: its least is raised" {
	both_ways range
}

range() {
	run_sbatch "${too_big[@]}" -N1-4 --gpus-per-node=a100:4 "$(gpu_script)"
	submitted
	corrected
	is "$(value -N "$new")" "$need-4"
	completes "$job"
	(($(held_nodes "$job") >= need))
	is "$(gpus_seen "$job")" $((4 * $(held_nodes "$job")))
}

@test "no task option, srun: raised, a task on each node" {
	both_ways step "$need" srun -N1
	both_ways step "$need" srun
}

@test "no task option, salloc: raised" {
	both_ways step "$need" salloc -N1
	both_ways step "$need" salloc
}

@test "-n at least as large as the new node count: raised" {
	both_ways batch "$need" -N1 -n "$need"
	both_ways batch 8 -n8
	both_ways step 8 srun -N1 -n8
	both_ways step "$need" srun -n "$need"
	both_ways step 8 salloc -N1 -n8
}

@test "--ntasks-per-node, sbatch: raised where the job's tasks follow" {
	if (($(release) < 2311)); then
		both_ways turned_away sbatch "-N $need --ntasks-per-node=4 --gpus-per-node=a100:4" \
			-N1 --ntasks-per-node=4
	else
		both_ways batch $((4 * need)) -N1 --ntasks-per-node=4
	fi
}

@test "-n smaller, sbatch: raised, and the tasks with it, where the job's tasks follow" {
	if (($(release) < 2311)); then
		both_ways turned_away sbatch "-N $need -n $need --gpus-per-node=a100:4" -N1 -n1
	else
		both_ways batch "$need" -N1 -n1
		is "$(held "$job" NumTasks)" "$need"
	fi
}

@test "-n smaller, srun: refused, and what is to be typed runs" {
	both_ways turned_away srun "-N $need -n $need --gpus-per-node=a100:4" -N1 -n1
	both_ways turned_away srun "-N $need -n $need --gpus-per-node=a100:4" -n1
	run_srun "${too_big[@]}" -N "$need" -n "$need" --gpus-per-node=a100:4 hostname
	is "$status" 0
	is "$(wc -l <<<"$output")" "$need"
	alive
}

@test "--ntasks-per-node, srun: refused, and what is to be typed runs" {
	both_ways turned_away srun "-N $need --ntasks-per-node=2 --gpus-per-node=a100:4" \
		-N1 --ntasks-per-node=2
	run_srun "${too_big[@]}" -N "$need" --ntasks-per-node=2 --gpus-per-node=a100:4 hostname
	is "$status" 0
	is "$(wc -l <<<"$output")" $((2 * need))
	alive
}

@test "-n smaller, salloc: refused" {
	both_ways turned_away salloc "-N $need -n $need --gpus-per-node=a100:4" -N1 -n1
}

@test "srun, counted by its GPUs: refused" {
	both_ways counted --ntasks-per-gpu=1 --gpus=a100:4
}

counted() {
	run_srun "${too_big[@]}" "$@" true
	((status != 0))
	is "$(own_jobs -t PD,R)" ''
	is "$(said | grep -c '^refused: ')" 1
}

@test "nodes that are named: refused" {
	both_ways named
}

named() {
	run_sbatch_hold "${too_big[@]}" -w a100-0 --gpus-per-node=a100:4
	((status != 0))
	matches "$(said)" 'other nodes may be needed, but you used --nodelist'
}

# The client without our plugin goes by what was typed, however many GPUs the job has.
@test "srun and salloc alone, GPUs or memory that were typed: no more of them, but more nodes" {
	local cmd
	for cmd in srun salloc; do
		run_on "$cmd" "${too_big[@]}" --gpus=a100_80g:2 true
		((status != 0))
		matches "$(said)" 'not corrected: slurmctld cannot change the GPUs and memory that this job.s steps use'
		is "$(alternatives | head -n 1)" --gpus=a100_80g:4
		run_on "$cmd" "${too_big[@]}" --gpus=a100_80g:4 true
		is "$status" 0
		run_on "$cmd" "${too_big[@]}" --ds-offload=cpu -N1 --gpus-per-node=a100:4 --mem=8G true
		((status != 0))
		matches "$(said)" 'not corrected: slurmctld cannot change the GPUs and memory that this job.s steps use'
		run_on "$cmd" "${too_big[@]}" $(alternatives | head -n 1) --ds-offload=cpu true
		is "$status" 0
	done
	run_srun "${too_big[@]}" --gpus-per-node=a100_80g:2 sh -c 'echo $SLURMD_NODENAME $SLURM_GPUS_ON_NODE'
	is "$status" 0
	corrected
	is "$new" '-N 2 --gpus-per-node=a100_80g:2'
	is "$(wc -l <<<"$output")" 2
	lacks "$output" ' [^2]'
	alive
}

@test "-N 1,2, a set of numbers: raised beyond it" {
	(($(release) >= 2311)) || skip "Slurm 22.05 knows no sets of node counts"
	run_sbatch_hold "${too_big[@]}" -N 1,2 --gpus-per-node=a100:4
	submitted
	corrected
	is "$(held_nodes "$job")" "$(value -N "$new")"
}
