MODEL_ARGS="--num-layers 48 --hidden-size 4096 --num-attention-heads 64 --max-position-embeddings 1024"
