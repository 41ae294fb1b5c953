#!/usr/bin/env bats
# Two nodes on a network that is too slow for them, and on one for which they wait.

load helpers

small=(--ds-model=350M)		# its memory is no matter, only what it exchanges
waits=(--ds-model=27B --ds-zero=3)	# two H100 nodes wait for 400 Gbps if its batch is small
pace=(--ds-batch=1 --ds-seq=2048)

# The demo's workstations have 25 Gbps. Here their network is below the hardware guide's minimum.
setup_file() {
	cluster_to_edit
	site
}

# site [SED-SCRIPT]: that dsfit.conf, edited, is in force.
site() {
	demo_in_force "s/network = 25Gbps/network = 10Gbps/; ${1-}"
}

@test "untyped: a constraint for a faster network" {
	run_sbatch_hold "${small[@]}" -N2 --gpus-per-node=2
	submitted
	corrected
	matches "$new" '^-N 2 --gpus-per-node=2 -C '
	matches "$(said)" 'network: at least 25 Gbps needed per node, nodes "ws" have 10 Gbps'
	matches "$(held "$job" Features)" '^(net200\|net400|net400\|net200)$'
	is "$(held_tres "$job" TresPerNode)" gpu:2
	is "$(held_nodes "$job")" 2
	# slurmctld notes it, and says it only if the submit host has not.
	is "$(said | grep -c 'corrected: ')" 1
	[[ $passing ]] || matches "$(comment "$job")" '; changed on the submit host: network$'
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

@test "a correction that what was typed cannot hold is none" {
	# 255 characters are the most that a constraint of ours has.
	local long
	printf -v long '%*s' 240 ''
	run_sbatch_hold "${small[@]}" -N2 --gpus-per-node=2 -C "net25|net200|${long// /x}"
	((status != 0 || ${#stderr} > 0))
	matches "$(cluster run scontrol ping)" 'is UP'
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
	matches "$(said)" 'network: at least 25 Gbps needed per node, nodes "ws" have 10 Gbps'
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

@test "two nodes that wait: as asked, and a word" {
	run_sbatch_hold "${waits[@]}" -N2 --gpus-per-node=h100:8
	matches "$(said)" '^fits: 27B, .*  network: GPUs wait [5-9][0-9] % of a step \(50 % with [0-9]+ Gbps\)'
	as_asked -N2 --gpus-per-node=h100:8
	run_sbatch_hold "${waits[@]}" "${pace[@]}" -N2 --gpus-per-node=h100:8
	matches "$(said)" 'GPUs wait [0-9]+ % of a step'
	as_asked -N2 --gpus-per-node=h100:8
	run_sbatch_hold "${waits[@]}" -N2 --gpus-per-node=h100:8 -p strict
	submitted
	matches "$(said)" 'GPUs wait [0-9]+ % of a step'
}

@test "a correction after which it waits says so" {
	site 's/network = 10Gbps/network = 25Gbps/'
	run_sbatch_hold --ds-model=3B --ds-zero=3 -N1 --gpus-per-node=rtx4090:2
	submitted
	corrected
	(($(held_nodes "$job") > 1))
	matches "$(said)" '% of a step \(50 % with'
}

@test "network = wait: enforced on those who declare what they compute" {
	site 's/^network = floor/network = wait/'
	run_sbatch_hold "${waits[@]}" -N2 --gpus-per-node=h100:8
	matches "$(said)" 'GPUs wait [0-9]+ % of a step'
	as_asked -N2 --gpus-per-node=h100:8
	run_sbatch_hold "${waits[@]}" --ds-batch=1 -N2 --gpus-per-node=h100:8
	as_asked -N2 --gpus-per-node=h100:8
	run_sbatch_hold "${waits[@]}" "${pace[@]}" -N2 --gpus-per-node=h100:8
	((status != 0))
	matches "$(said)" 'network: at least [0-9]+ Gbps needed per node, nodes "h100" have 400 Gbps'
	run_sbatch_hold "${waits[@]}" --ds-batch=2 --ds-seq=2048 -N2 --gpus-per-node=h100:8
	lacks "$(said)" 'network'
	as_asked -N2 --gpus-per-node=h100:8
}

@test "network = wait in one partition" {
	site '/^partition "preempt"/a\	network = wait'
	run_sbatch_hold "${waits[@]}" "${pace[@]}" -N2 --gpus-per-node=h100:8 -p gpu
	as_asked -N2 --gpus-per-node=h100:8 -p gpu
	run_sbatch_hold "${waits[@]}" "${pace[@]}" -N2 --gpus-per-node=h100:8 -p preempt
	((status != 0))
	run_sbatch_hold "${waits[@]}" "${pace[@]}" -N2 --gpus-per-node=h100:8 -p gpu,preempt
	((status != 0))
}
