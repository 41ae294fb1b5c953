#!/usr/bin/env bats
# Two nodes on a network that is too slow for them.

load helpers

small=(--ds-model=350M)		# its memory is no matter, only what it exchanges

@test "untyped: a constraint for a faster network" {
	run_sbatch_hold "${small[@]}" -N2 --gpus-per-node=2
	submitted
	corrected
	matches "$new" '^-N 2 --gpus-per-node=2 -C '
	matches "$(said)" 'network: at least [0-9.]+ Gbps needed per node, nodes "ws" have 25 Gbps'
	matches "$(held "$job" Features)" '^(net200\|net400|net400\|net200)$'
	is "$(held_tres "$job" TresPerNode)" gpu:2
	is "$(held_nodes "$job")" 2
}

@test "untyped: the job runs on nodes with that network" {
	run_sbatch "${small[@]}" -N2 --gpus-per-node=2 "$(gpu_script)"
	submitted
	completes "$job"
	is "$(gpus_seen "$job")" 4
	lacks "$(held "$job" NodeList)" ws
}

@test "a constraint of the user's stays beside it" {
	run_sbatch_hold "${small[@]}" -N2 --gpus-per-node=2 -C "net25|net200"
	submitted
	corrected
	matches "$(held "$job" Features)" '^\(net25\|net200\)&\(.*net200.*\)$'
	run_on scontrol release "$job"
	completes "$job"
	matches "$(held "$job" NodeList)" '^a100'
}

@test "a constraint in brackets, or with a count, is one" {
	local features
	for features in "[net400]" "net400*1" "[net25|net400]&net400"; do
		run_sbatch "${too_big[@]}" -N1 --gpus-per-node=4 -C "$features" "$(gpu_script)"
		submitted
		matches "$(said)" '^fits: .*H100'
		completes "$job"
		matches "$(held "$job" NodeList)" '^h100'
	done
	run_sbatch_hold "${too_big[@]}" -C "net200*3" --gpus-per-node=a100:4
	matches "$(said)" '^fits: .*3 nodes x 4 A100'
}

@test "typed, and all of that type are slow: refused, and why" {
	run_sbatch_hold "${small[@]}" -N2 --gpus-per-node=rtx4090:2
	refused
	matches "$(said)" 'network: at least [0-9.]+ Gbps needed per node, nodes "ws" have 25 Gbps'
	matches "$(said)" 'not corrected: .*but you requested rtx4090'
	[[ $(alternatives) ]]
}

@test "its alternatives fit when they are submitted" {
	run_sbatch_hold "${small[@]}" -N2 --gpus-per-node=rtx4090:2
	refused
	alternatives_fit "${small[@]}"
}

@test "one node needs no network" {
	run_sbatch_hold "${small[@]}" -N1 --gpus-per-node=rtx4090:2
	matches "$(said)" '^fits: '
	as_asked -N1 --gpus-per-node=rtx4090:2
}
