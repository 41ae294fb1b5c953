#!/usr/bin/env bats
# Nodes that a job excludes, names or has reserved: what dsfit makes of the request can run on them.

load helpers

# can_run: slurmctld finds the job nodes, once they are free.
can_run() {
	on scontrol release "$job"
	wait_until 30 runs_or_ran "$job"
}

runs_or_ran() {
	[[ $(held "$1" JobState) == @(RUNNING|COMPLETING|COMPLETED) ]]
}

@test "a correction has the nodes that are not excluded" {
	run_sbatch_hold "${too_big[@]}" -N1 --gpus-per-node=a100:4 -x a100-0
	submitted
	corrected
	is "$(value -N "$new")" 3
	can_run
}

@test "and needs none that are" {
	local list way
	for list in a100-0,a100-2 'a100-[1-3]'; do
		for way in '-N1 --gpus-per-node=a100:4' --gpus=a100:4; do
			# shellcheck disable=SC2086
			run_sbatch_hold "${too_big[@]}" $way -x "$list"
			refused
			lacks "$(said)" 'instead: .*=a100:(8|12)'
		done
	done
	alternatives_fit "${too_big[@]}"
}

@test "memory: on nodes that are left" {
	run_sbatch_hold --ds-model=30B --ds-zero=3 --ds-offload=cpu --gpus-per-node=1 --mem=20G \
		-x 'h100-[0-1],h200-0,a100x-[0-3]'
	submitted
	corrected
	can_run
}

@test "no GPUs requested: the requests that are shown are on nodes that are left" {
	run_sbatch_hold --ds-model=3B --ds-zero=3 --ds-offload=cpu -x 'a100-[0-3],h100-[0-1],h200-0,a100x-[0-3]'
	refused
	matches "$(alternatives)" '-x .* --gpus-per-node=rtx4090:'
	lacks "$(alternatives)" '(a100|h100|h200)[a-z0-9_]*:[0-9]'
}

@test "a named node: what is shown for it is on it" {
	run_sbatch_hold --ds-model=3B --ds-zero=3 --ds-offload=cpu -w ws-1
	refused
	matches "$(alternatives)" '-w ws-1 .*--gpus-per-node=rtx4090:1'
	lacks "$(alternatives)" '-w .*(a100|h100|h200)'
}

@test "a reservation: nothing is shown for it that may need other nodes" {
	on scontrol create reservation=some nodes=ws-0 users="$(id -un)" starttime=now duration=60
	run_sbatch_hold "${too_big[@]}" --gpus=a100:4 --reservation=some
	on scontrol delete reservationname=some
	refused
	matches "$(alternatives)" '--gpus=a100:12'
	lacks "$(alternatives)" 'reservation'
}

@test "the command says the same" {
	run_on dsfit size --model=13B --zero=3 -N1 --gpus-per-node=a100:4 -x 'a100-[1-3]'
	is "$status" 1
	lacks "$output" 'a100:4 .*-N 3|-N 3 .*a100:4'
}
