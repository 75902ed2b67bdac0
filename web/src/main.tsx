// Puts the console on the page, in the person's language and theme.
import './styles.css';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { router } from './app/router';
import { startLanguages } from './i18n';
import { applyTheme } from './theme';

applyTheme();
const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
await startLanguages();
createRoot(root).render(
  <StrictMode>
    <RouterProvider router={router} />
  </StrictMode>,
);
