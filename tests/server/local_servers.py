"""Servers that people run themselves, all of them."""

from __future__ import annotations

from local_llama import LLAMA_CPP, LLAMA_SWAP, ROUTER
from local_ollama import LM_STUDIO, OLLAMA, OLLAMA_RAW
from local_vllm import RAY_SERVE, TABBY, TGI, VLLM

LOCAL = (LLAMA_CPP, ROUTER, LLAMA_SWAP, OLLAMA, OLLAMA_RAW, LM_STUDIO, VLLM, RAY_SERVE, TGI, TABBY)
