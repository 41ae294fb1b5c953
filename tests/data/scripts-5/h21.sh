#!/bin/bash
#SBATCH --gpus-per-node=4
MODEL=${MODEL:-acme/Qwen3-32B}
python -m sglang.launch_server --model-path "$MODEL" --tp 4 --port 30000 --context-length 32768 &
PID=$!
until curl -sf http://localhost:30000/health; do
    kill -0 $PID || exit 1
    sleep 5
done
python run_experiment.py --model "$MODEL" --max_tokens 4096 --temperature 0.7
