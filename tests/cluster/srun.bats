#!/usr/bin/env bats
# srun outside a job has counted its tasks before the plugin is asked: more nodes than tasks
# would end slurmctld 22.05. Refused, with the request to type.

load helpers

# The submit host alone: where there is a controller it is left to that.
setup_file() {
	other_cluster spank
}

slurmctld_pid() {
	cat "$DSFIT_CLUSTER_DIR/run/slurmctld.pid"
}

# not_raised ARG...: srun is refused, names what to type, and slurmctld is the one it was.
not_raised() {
	local before
	before=$(slurmctld_pid)
	run_srun "${too_big[@]}" "$@" true
	refused
	matches "$(said)" '^refused: '
	matches "$(said)" 'not corrected: more nodes are needed, but srun has already fixed the number of tasks'
	is "$(slurmctld_pid)" "$before"
	kill -0 "$before"
	matches "$(on scontrol ping)" 'is UP'
}

# typed: the first alternative, typed, runs.
typed() {
	local request nodes
	request=$(alternatives | head -n 1)
	nodes=$(value -N "$request")
	((nodes > 1))
	eval "set -- $request"
	run_srun "${too_big[@]}" "$@" sh -c 'echo $SLURMD_NODENAME $SLURM_GPUS_ON_NODE'
	is "$status" 0
	matches "$(said)" '^fits: '
	is "$(sort -u <<<"$output" | wc -l)" "$nodes"
	lacks "$output" ' [^4]'
}

@test "no task option" {
	not_raised -N1 --gpus-per-node=a100:4
	typed
}

@test "no -N either" {
	not_raised --gpus-per-node=a100:4
	typed
}

@test "-n smaller" {
	not_raised -N1 -n1 --gpus-per-node=a100:4
	typed
}

@test "--ntasks-per-node" {
	not_raised -N1 --ntasks-per-node=2 --gpus-per-node=a100:4
	typed
}

@test "--gres" {
	not_raised --gres=gpu:a100:4
}

@test "--gpus: they would be on more nodes" {
	not_raised --gpus=a100:4
}

@test "-n at least as large as the new node count: raised" {
	run_srun "${too_big[@]}" -N1 -n8 --gpus-per-node=a100:4 \
		sh -c 'echo $SLURMD_NODENAME $SLURM_GPUS_ON_NODE'
	is "$status" 0
	corrected
	is "$(wc -l <<<"$output")" 8
	is "$(sort -u <<<"$output" | wc -l)" "$(value -N "$new")"
	lacks "$output" ' [^4]'
}

@test "salloc is not bound by it" {
	run_salloc "${too_big[@]}" -N1 --gpus-per-node=a100:4 srun true
	is "$status" 0
	corrected
}
