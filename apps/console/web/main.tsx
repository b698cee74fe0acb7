import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './app/nonce';
import '@mantine/core/styles.css';
import './app/console.css';
import './app/parts.css';
import { Console } from './app/console';

const root = document.getElementById('console');
if (root)
  createRoot(root).render(
    <StrictMode>
      <Console />
    </StrictMode>,
  );
